import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startFleet, startMock } from './index.ts';
import type { Mock, MockControl } from './index.ts';

function clientOf(mock: MockControl): OpenAI {
  return new OpenAI({ baseURL: mock.baseURL, apiKey: 'sk-test', maxRetries: 0 });
}

const PLACES = [['same'], ['child']] as const;

async function stream(mock: Mock): Promise<AsyncIterator<OpenAI.ChatCompletionChunk>> {
  const chunks = await clientOf(mock).chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
  });
  return chunks[Symbol.asyncIterator]();
}

async function rest(chunks: AsyncIterator<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for (let step = await chunks.next(); !step.done; step = await chunks.next()) {
    text += step.value.choices[0]?.delta.content ?? '';
  }
  return text;
}

test.each(PLACES)(
  'the first token comes when the clock has been moved, in a mock in the %s process',
  async (process) => {
    await using mock = await startMock({ process, clock: 'virtual', pace: { firstEventMs: 3_600_000 } });
    await mock.answer({ reply: { chunks: ['a', 'b'] } });
    const began = await mock.clock.now();
    const chunks = await stream(mock);
    expect((await chunks.next()).value).toMatchObject({ choices: [{ delta: { role: 'assistant' } }] });
    await mock.clock.waiting();
    expect(await mock.clock.advance(3_599_999)).toBe(0);
    expect(await mock.clock.advance(1)).toBe(1);
    expect(await rest(chunks)).toBe('ab');
    const [entry] = await mock.requests();
    expect([entry!.at, entry!.endedAt! - entry!.at]).toEqual([began, 3_600_000]);
  },
);

test('tokens come at their pace, however far the clock is moved at once', async () => {
  await using mock = await startMock({ clock: 'virtual', pace: { tokensPerSecond: 10 } });
  await mock.answer({ reply: { chunks: ['a', 'b', 'c', 'd'] } });
  const chunks = await stream(mock);
  await mock.clock.waiting();
  expect(await mock.clock.runAll()).toBeGreaterThan(1);
  expect(await rest(chunks)).toBe('abcd');
  const [entry] = await mock.requests();
  expect(entry!.endedAt! - entry!.at).toBe(400);
});

test('a delayed answer comes when the clock says so', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  await mock.fault({ fault: { kind: 'delay', ms: 86_400_000 } });
  const answer = fetch(`${mock.baseURL}/models`);
  await mock.clock.waiting();
  await mock.clock.advance(86_400_000);
  expect((await answer).status).toBe(200);
});

test('a rule of a script has a pace of its own', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  await mock.script([
    { match: { text: 'hi' }, answer: { chunks: ['a', 'b'], pace: { firstEventMs: 70, tokensPerSecond: 1 } } },
  ]);
  const chunks = await stream(mock);
  await mock.clock.waiting();
  await mock.clock.runAll();
  expect(await rest(chunks)).toBe('ab');
  const [entry] = await mock.requests();
  expect(entry!.endedAt! - entry!.at).toBe(2070);
});

test('rate windows open with the clock', async () => {
  await using mock = await startMock({ clock: 'virtual', limits: { rpm: 1 } });
  const statuses = async (): Promise<number> => {
    const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] });
    return (await fetch(`${mock.baseURL}/chat/completions`, { method: 'POST', body })).status;
  };
  expect([await statuses(), await statuses()]).toEqual([200, 429]);
  await mock.clock.advance(60_000);
  expect([await statuses(), await statuses()]).toEqual([200, 429]);
});

test('a batch goes through its life as the clock is moved', async () => {
  await using mock = await startMock({ clock: 'virtual', jobStageMs: 3_600_000 });
  const client = clientOf(mock);
  const line = {
    custom_id: 'a',
    method: 'POST',
    url: '/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: 'x' },
  };
  const input = await client.files.create({
    file: new File([`${JSON.stringify(line)}\n`], 'in.jsonl'),
    purpose: 'batch',
  });
  const made = await client.batches.create({
    input_file_id: input.id,
    endpoint: '/v1/embeddings',
    completion_window: '24h',
  });
  const states = [made.status];
  for (let hour = 0; hour < 6 && states.at(-1) !== 'completed'; hour += 1) {
    await mock.clock.advance(3_600_000);
    states.push((await client.batches.retrieve(made.id)).status);
  }
  expect([states[0], states.at(-1)]).toEqual(['validating', 'completed']);
  expect(states.length).toBeGreaterThan(2);
});

test('the clock can be set, and what is created bears its time', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  await mock.clock.set(new Date('2030-01-02T03:04:05Z'));
  const response = await clientOf(mock).responses.create({ model: 'gpt-4o', input: 'x' });
  expect(response.created_at).toBe(Date.UTC(2030, 0, 2, 3, 4, 5) / 1000);
});

test('the servers of a fleet have one clock', async () => {
  await using fleet = await startFleet(2, { clock: 'virtual' });
  await fleet.clock.set(1000);
  await fleet.mocks[1]!.clock.advance(500);
  expect([await fleet.clock.now(), await fleet.mocks[0]!.clock.now()]).toEqual([1500, 1500]);
  await fleet.mocks[0]!.close();
  expect(await fleet.clock.now()).toBe(1500);
});

test('real time cannot be moved', async () => {
  await using mock = await startMock();
  await expect(mock.clock.advance(1)).rejects.toThrow(
    'POST /__mock/clock was refused: clock: expected a server that was started with clock: \'virtual\', found "real"',
  );
  await expect(mock.clock.now()).resolves.toBeGreaterThan(1_700_000_000_000);
});

test('a wrong move is refused with a sentence', async () => {
  await using mock = await startMock({ clock: 'virtual' });
  await expect(mock.clock.advance(-1)).rejects.toThrow('clock.advance: expected a number of at least 0, found -1');
  await expect(mock.clock.set(Number.NaN)).rejects.toThrow('clock.set: expected a number');
});
