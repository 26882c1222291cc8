import { expect, test } from 'vitest';
import type { JournalEntry } from '../../mocks/index.ts';
import { chat } from './ask.ts';
import { MODEL, startApp, startBed, type Bed, statsOf } from './bed.ts';
import { openSocket, postText, send } from './http.ts';
import { startUpstream, modelsAt } from './upstream.ts';

interface Counted {
  readonly total: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly estimated_tokens: { readonly input: number; readonly output: number };
}

async function generations(url: string): Promise<Counted> {
  const stats = await statsOf<{ generations: Counted }>(url);
  return stats.generations;
}

async function metric(url: string, name: string, ...labels: string[]): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((one) => line.includes(one)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Whether the mock has said what the answer cost: always in a body, in a stream when asked, never when it broke off. */
function wasStated({ aborted, fault, stream, body, path }: JournalEntry): boolean {
  if (aborted || fault !== undefined) return false;
  const options = (body as { stream_options?: { include_usage?: boolean } }).stream_options;
  return !stream || path.endsWith('/responses') || options?.include_usage === true;
}

function sumOf(entries: readonly JournalEntry[], side: 'input' | 'output'): number {
  return entries.reduce((sum, { billed }) => sum + (billed?.[side] ?? 0), 0);
}

/** One client's request of the mix, by its number: always the same ones. */
async function ask(bed: Bed, number: number): Promise<void> {
  const question = chat(`Question ${number}: name three rivers and where they flow`);
  const url = `${bed.url}/v1`;
  switch (number % 10) {
    case 0:
      await send(`${url}/responses`, { body: { model: MODEL, input: `Question ${number}`, stream: true } });
      return;
    case 1:
      await send(`${url}/embeddings`, { body: { model: MODEL, input: `Text ${number} to be embedded` } });
      return;
    case 2:
      // The same stream for two clients at once, and for a third one afterwards.
      await Promise.all([0, 1].map(() => send(`${url}/chat/completions`, { body: { ...question, stream: true } })));
      await send(`${url}/chat/completions`, { body: question });
      return;
    case 3: {
      const socket = openSocket(bed.url);
      socket.write(postText('/v1/chat/completions', { ...chat(`slowly, question ${number}`), stream: true }));
      await socket.until('ten');
      socket.leave();
      return;
    }
    case 4:
      await send(`${url}/chat/completions`, { body: { ...chat(`broken, question ${number}`), stream: true } });
      return;
    case 5:
      // Neither stored nor shared: the endpoint is not asked for usage.
      await send(`${url}/chat/completions`, {
        body: { ...question, stream: true },
        headers: { 'cache-control': 'no-store' },
      });
      return;
    case 6:
    case 7:
      await send(`${url}/chat/completions`, { body: { ...question, stream: true } });
      return;
    default:
      await send(`${url}/chat/completions`, { body: question });
  }
}

test('of 2,000 mixed requests each generation is booked once: stated tokens equal the invoice, estimated ones stand apart', async () => {
  await using bed = await startBed({ mocks: 2 });
  const count = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';
  for (const mock of bed.mocks) {
    await mock.answer({ match: { text: 'slowly' }, reply: { text: count } });
    await mock.fault({ match: { text: 'slowly' }, fault: { kind: 'hang', afterEvents: 12 } });
    await mock.answer({ match: { text: 'broken' }, reply: { text: count } });
    await mock.fault({ match: { text: 'broken' }, fault: { kind: 'cut', afterEvents: 9 } });
  }
  const numbers = Array.from({ length: 2_000 }, (_, number) => number);
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) await ask(bed, number);
    }),
  );

  await expect
    .poll(async () => (await generations(bed.url)).total, { timeout: 10_000 })
    .toBe((await bed.requests()).length);
  const billed = (await bed.requests()).filter((entry) => entry.billed !== undefined);
  const stated = billed.filter(wasStated);
  const estimated = billed.filter((entry) => !wasStated(entry));
  const booked = await generations(bed.url);
  expect(booked.tokens.input).toBe(sumOf(stated, 'input'));
  expect(booked.tokens.output).toBe(sumOf(stated, 'output'));
  expect(estimated.length).toBeGreaterThanOrEqual(600);
  const output = sumOf(estimated, 'output');
  expect(booked.estimated_tokens.output).toBeGreaterThan(output * 0.8);
  expect(booked.estimated_tokens.output).toBeLessThan(output * 1.2);
  const sum = (type: string): Promise<number> =>
    metric(bed.url, 'gen_ai_client_token_usage_sum', `gen_ai_token_type="${type}"`);
  expect([await sum('input'), await sum('output')]).toEqual([booked.tokens.input, booked.tokens.output]);
  expect(await metric(bed.url, 'llmproxy_estimated_tokens_total', 'type="output"')).toBe(
    booked.estimated_tokens.output,
  );
}, 120_000);

test('a generation is booked although the client that started it has left', async () => {
  let finish: () => void = () => undefined;
  const event = (data: object): string =>
    `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', ...data })}\n\n`;
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ choices: [{ index: 0, delta: { content: 'first' }, finish_reason: null }] }));
    finish = () => {
      response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
      response.write(
        event({ choices: [], usage: { prompt_tokens: 1_000, completion_tokens: 10, total_tokens: 1_010 } }),
      );
      response.end('data: [DONE]\n\n');
    };
  });
  const app = await startApp(modelsAt([upstream]));
  const body = { ...chat('shared'), stream: true };
  const first = openSocket(app.url);
  first.write(postText('/v1/chat/completions', body));
  await first.until('first');
  const second = openSocket(app.url);
  second.write(postText('/v1/chat/completions', body));
  await second.until('first');
  first.leave();
  finish();
  await second.until('[DONE]');
  second.leave();
  await expect.poll(async () => (await generations(app.url)).tokens).toEqual({ input: 1_000, output: 10, cached: 0 });
  expect((await generations(app.url)).total).toBe(1);
  expect(upstream.requests).toHaveLength(1);
  await app.close();
});
