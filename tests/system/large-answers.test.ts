import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startApp, type Stats, statsOf } from './bed.ts';
import { eventsIn, send, type RawAnswer } from './http.ts';
import { modelsAt, pour, startUpstream } from './upstream.ts';

const MIB = 1024 * 1024;
/** More than the proxy holds back before it passes a JSON answer on. */
const LARGE = 17 * MIB;

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function jsonAnswer(bytes: number): Buffer {
  const message = { role: 'assistant', content: 'x'.repeat(bytes) };
  return Buffer.from(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    }),
  );
}

function chunk(content: string, finish: string | null = null): Buffer {
  const choices = [{ index: 0, delta: { content }, finish_reason: finish }];
  return Buffer.from(`data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices })}\n\n`);
}

function* times(count: number, piece: Buffer): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield piece;
}

interface Seen {
  readonly answers: readonly RawAnswer[];
  readonly stats: Stats;
}

/** Asks twice, one after the other, with these bytes from the endpoint each time. */
async function askTwice(
  body: object,
  answer: (response: ServerResponse) => unknown,
  model: object = {},
): Promise<Seen> {
  await using upstream = await startUpstream(answer);
  const app = await startApp(modelsAt([upstream], model));
  const answers = [];
  for (let turn = 0; turn < 2; turn += 1) answers.push(await send(`${app.url}/v1/chat/completions`, { body }));
  const stats = await statsOf(app.url);
  await app.close();
  return { answers, stats };
}

const stream = { ...chat('hi'), stream: true };

test('a JSON answer too large to be held back is passed on byte for byte, and not stored', async () => {
  const body = jsonAnswer(LARGE);
  const { answers, stats } = await askTwice(chat('hi'), (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 200, broken: false });
    expect(digest(answer.body)).toBe(digest(body));
    expect(answer.headers['x-llmproxy-cache']).toBe('miss');
  }
  expect(stats.cache).toMatchObject({ entries: 0, stored: 0 });
});

test('a JSON answer that breaks off after it was passed on breaks off for the client', async () => {
  const body = jsonAnswer(LARGE + MIB);
  const { answers, stats } = await askTwice(chat('hi'), (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.write(body.subarray(0, LARGE + 1000), () => response.destroy());
  });
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, broken: true });
  expect(stats.cache).toMatchObject({ entries: 0, stored: 0 });
  expect(stats.endpoints[0]).toMatchObject({ failures: 2, in_flight: 0 });
});

test.each([
  ['ends with [DONE]', 'data: [DONE]\n\n', false],
  ['stops without [DONE]', '', true],
])('a stream larger than an entry may be, which %s', async (_what, end, broken) => {
  const piece = chunk('x'.repeat(1000));
  const { answers, stats } = await askTwice(
    stream,
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      await pour(response, times(300, piece));
      response.end(Buffer.concat([broken ? Buffer.alloc(0) : chunk('', 'stop'), Buffer.from(end)]));
    },
    { cache: { max_entry: '64KiB' } },
  );
  for (const answer of answers) {
    expect(answer.headers['x-llmproxy-cache']).toBe('miss');
    expect(answer.broken).toBe(broken);
    expect(eventsIn(answer.body)).toHaveLength(broken ? 301 : 302);
    expect(eventsIn(answer.body).at(-1)).toContain(broken ? 'stream_interrupted' : '[DONE]');
  }
  expect(stats.cache).toMatchObject({ entries: 0, stored: 0 });
  expect(stats.endpoints[0]).toMatchObject({ failures: broken ? 2 : 0 });
});

test('one event of several megabytes in many pieces is one event', async () => {
  const whole = Buffer.concat([chunk('x'.repeat(3 * MIB)), chunk('', 'stop'), Buffer.from('data: [DONE]\n\n')]);
  const pieces = Array.from({ length: Math.ceil(whole.length / 10_000) }, (_none, index) =>
    whole.subarray(index * 10_000, (index + 1) * 10_000),
  );
  const { answers } = await askTwice(stream, async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await pour(response, pieces);
    response.end();
  });
  expect(digest(answers[0]!.body)).toBe(digest(whole));
  expect(answers.map(({ headers }) => headers['x-llmproxy-cache'])).toEqual(['miss', 'hit']);
  expect(digest(answers[1]!.body)).toBe(digest(whole));
});

test('an event without end is given up, not collected for ever', async () => {
  let closed = 0;
  const { answers, stats } = await askTwice(stream, async (response) => {
    response.on('close', () => (closed += 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('begin'));
    response.write('data: ');
    await pour(response, times(100, Buffer.alloc(MIB, 'x')));
  });
  for (const answer of answers) {
    expect(answer.broken).toBe(true);
    expect(eventsIn(answer.body).at(-1)).toContain('stream_interrupted');
    expect(answer.body.length).toBeLessThan(10_000);
  }
  await expect.poll(() => closed).toBe(2);
  expect(stats.endpoints[0]).toMatchObject({ failures: 2, in_flight: 0 });
});
