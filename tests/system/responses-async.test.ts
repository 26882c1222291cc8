import type { OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { MODEL, startBed, type Bed } from './bed.ts';

let bed: Bed;
let client: OpenAI;

beforeAll(async () => {
  // Three accounts that know nothing of each other: only the one that made a response can answer for it.
  bed = await startBed({ mocks: 3, model: { strategy: 'round-robin' } });
  client = bed.client();
});
beforeEach(() => Promise.all(bed.mocks.map((mock) => mock.reset())));
afterAll(() => bed[Symbol.asyncDispose]());

async function inBackground(input: string): Promise<string> {
  const created = await client.responses.create({ model: MODEL, input, background: true });
  expect(created).toMatchObject({ status: 'queued', background: true });
  return created.id;
}

test('a background response is polled at its owner until it is done', async () => {
  const ids = [
    await inBackground('2+2'),
    await inBackground('capital of France'),
    await inBackground('Count from 1 to 5'),
  ];
  for (const [index, text] of ['4', 'Paris', '1\n2\n3\n4\n5'].entries()) {
    const id = ids[index]!;
    await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe('completed');
    expect((await client.responses.retrieve(id)).output_text).toBe(text);
  }
  const askers = (await bed.requests()).filter(({ status }) => status === 404);
  expect(askers).toEqual([]);
});

test('cancel reaches the owner, once and again', async () => {
  const id = await inBackground('2+2');
  const before = (await bed.requests()).length;
  expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
  expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
  const ports = (await bed.requests()).map(({ port }) => port);
  expect(new Set(ports).size).toBe(1);
  expect(ports).toHaveLength(before + 2);
});

test('cancelling what was never in the background is the endpoint’s refusal', async () => {
  const { id } = await client.responses.create({ model: MODEL, input: 'hi' });
  await expect(client.responses.cancel(id)).rejects.toMatchObject({ status: 400 });
});

test('delete reaches the owner, and the response is gone', async () => {
  const id = await inBackground('2+2');
  await client.responses.delete(id);
  await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404, type: 'invalid_request_error' });
});

test('input items are listed by the owner, with the query as it was asked', async () => {
  const { id } = await client.responses.create({
    model: MODEL,
    input: [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
    ],
  });
  const page = await client.responses.inputItems.list(id, { limit: 2, order: 'asc' });
  expect(page.data).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
  const entry = (await bed.requests()).find(({ path }) => path.endsWith('/input_items'));
  expect(entry?.query).toEqual({ limit: '2', order: 'asc' });
});

test('input tokens are counted by the owner of what they go on from', async () => {
  const { id } = await client.responses.create({ model: MODEL, input: 'a rather long beginning of it all' });
  const body = { model: MODEL, input: 'and now?', previous_response_id: id };
  const alone = await client.post<Count>('/responses/input_tokens', { body: { model: MODEL, input: 'and now?' } });
  const counts: Count[] = [];
  for (let turn = 0; turn < 3; turn += 1) counts.push(await client.post<Count>('/responses/input_tokens', { body }));
  expect(new Set(counts.map(({ input_tokens: tokens }) => tokens)).size).toBe(1);
  expect(counts[0]!.input_tokens).toBeGreaterThan(alone.input_tokens);
});

interface Count {
  readonly input_tokens: number;
}

test('a background stream is resumed at its owner from where it was left', async () => {
  const stream = await client.responses.create({ model: MODEL, input: '2+2', background: true, stream: true });
  const first: OpenAI.Responses.ResponseStreamEvent[] = [];
  let id = '';
  for await (const event of stream) {
    first.push(event);
    if (event.type === 'response.created') id = event.response.id;
  }
  const rest: number[] = [];
  for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: 2 })) {
    rest.push(event.sequence_number);
  }
  expect(first.at(-1)?.type).toBe('response.completed');
  expect(rest).toEqual(first.map(({ sequence_number: number }) => number).slice(3));
});

test('an id that the proxy never saw is asked for at every account before it is refused', async () => {
  const { baseURL, port } = bed.mocks[1]!;
  const direct = bed.client({ baseURL });
  const { id } = await direct.responses.create({ model: MODEL, input: 'made elsewhere' });
  expect(await client.responses.retrieve(id)).toMatchObject({ id });
  await expect(client.responses.retrieve('resp_nobody')).rejects.toMatchObject({ status: 404 });
  const asked = (await bed.requests()).filter(({ path }) => path.endsWith('/resp_nobody'));
  expect(new Set(asked.map((entry) => entry.port)).size).toBe(3);
  expect((await bed.requests()).find(({ path, status }) => path.endsWith(id) && status === 200)?.port).toBe(port);
});

test('an owner that is away is told as such, and another one is not believed', async () => {
  await using other = await startBed({ mocks: 2, model: { strategy: 'round-robin' } });
  const { id } = await other.client().responses.create({ model: MODEL, input: 'hi' });
  const owner = (await other.sequence()) === 'a' ? 0 : 1;
  await other.mocks[owner]!.fault({ fault: { kind: 'status', status: 503 } });
  await expect(other.client().responses.retrieve(id)).rejects.toMatchObject({ status: 503 });
  expect(await other.mocks[1 - owner]!.requests()).toEqual([]);
});
