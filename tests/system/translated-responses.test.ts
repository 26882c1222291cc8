import type { OpenAI } from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { MODEL, startBed, type Bed } from './bed.ts';

let bed: Bed;
let client: OpenAI;

const translated = { api: 'chat' };

beforeAll(async () => {
  bed = await startBed({ mocks: 2, endpoints: [translated, translated], model: { strategy: 'round-robin' } });
  client = bed.client();
});
beforeEach(() => Promise.all(bed.mocks.map((mock) => mock.reset())));
// Whatever the client asks for, the endpoints are asked for chat completions alone.
afterEach(async () => {
  const operations = new Set((await bed.requests()).map(({ path }) => path));
  operations.delete('/v1/chat/completions');
  expect([...operations]).toEqual([]);
});
afterAll(() => bed[Symbol.asyncDispose]());

async function asked(): Promise<Record<string, unknown>[]> {
  return (await bed.requests()).map(({ body }) => body as Record<string, unknown>);
}

type Event = OpenAI.Responses.ResponseStreamEvent;

async function eventsOf(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

test('a response is made of a chat completion, and kept', async () => {
  const made = await client.responses.create({ model: MODEL, input: 'What is 2+2?', instructions: 'Be brief' });
  expect(made).toMatchObject({ object: 'response', status: 'completed', output_text: '4', store: true });
  expect(made.usage?.total_tokens).toBeGreaterThan(0);
  expect(await client.responses.retrieve(made.id)).toEqual(made);
  expect((await client.responses.inputItems.list(made.id)).data).toMatchObject([{ role: 'user' }]);
  await client.responses.delete(made.id);
  await expect(client.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  const [body] = await asked();
  expect(body).toMatchObject({
    model: MODEL,
    messages: [{ content: 'Be brief' }, { role: 'user', content: 'What is 2+2?' }],
  });
});

test('a stream has the exact events, numbered, and its end is what is kept', async () => {
  const input = `Count from 1 to 5 ${nonce()}`;
  const events = await eventsOf(await client.responses.create({ model: MODEL, input, stream: true }));
  const types = events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
  expect(types).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, at) => at));
  const last = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
  const { output_text: _text, ...kept } = await client.responses.retrieve(last.response.id);
  expect(kept).toEqual(last.response);
  const helper = client.responses.stream({ model: MODEL, input });
  expect((await helper.finalResponse()).output_text).toBe(
    (await client.responses.retrieve(last.response.id)).output_text,
  );
});

test('a tool loop goes on from the call, at whatever endpoint', async () => {
  const tools = [{ type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }];
  const call = await client.responses.create({ model: MODEL, input: 'weather?', tools });
  const item = call.output.find(({ type }) => type === 'function_call') as OpenAI.Responses.ResponseFunctionToolCall;
  const answered = await client.responses.create({
    model: MODEL,
    previous_response_id: call.id,
    tools,
    input: [{ type: 'function_call_output', call_id: item.call_id, output: 'sunny' }],
  });
  expect(answered.output_text).toBe('get_weather returned: sunny');
  expect(answered.previous_response_id).toBe(call.id);
  expect((await asked())[1]).toMatchObject({
    messages: [
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: item.call_id }] },
      { role: 'tool', tool_call_id: item.call_id },
    ],
  });
});

test('a background response is polled, streamed from where it was left, and cancelled', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.pace({ tokensPerSecond: 30 })));
  const queued = await client.responses.create({
    model: MODEL,
    input: `Count from 1 to 5 ${nonce()}`,
    background: true,
  });
  expect(queued).toMatchObject({ status: 'queued', background: true });
  await expect.poll(async () => (await client.responses.retrieve(queued.id)).status).toBe('completed');
  const stream = await client.responses.create({
    model: MODEL,
    input: `Count from 1 to 9 ${nonce()}`,
    background: true,
    stream: true,
  });
  let id = '';
  for await (const event of stream) {
    if (event.type === 'response.created') ({ id } = event.response);
    if (event.sequence_number === 3) break;
  }
  const rest = await eventsOf(await client.responses.retrieve(id, { stream: true, starting_after: 3 }));
  expect(rest[0]?.sequence_number).toBe(4);
  expect(rest.at(-1)).toMatchObject({ type: 'response.completed', response: { id, background: true } });
  await Promise.all(bed.mocks.map((mock) => mock.pace({ tokensPerSecond: 3 })));
  const slow = await client.responses.create({ model: MODEL, input: `Count from 1 to 9 ${nonce()}`, background: true });
  await expect.poll(async () => (await bed.requests()).length).toBe(3);
  expect(await client.responses.cancel(slow.id)).toMatchObject({ id: slow.id, status: 'cancelled' });
  await expect.poll(async () => (await bed.requests())[2]?.aborted).toBe(true);
});

test('a conversation is kept without an endpoint that knows any', async () => {
  const { id } = await client.conversations.create({ items: [{ role: 'user', content: 'My name is Ada' }] });
  await client.responses.create({ model: MODEL, input: `Hello ${nonce()}`, conversation: id });
  expect((await client.conversations.items.list(id)).data).toHaveLength(3);
  await client.responses.create({ model: MODEL, input: 'And now?', conversation: id });
  expect((await asked())[1]).toMatchObject({
    messages: [{ role: 'user' }, { role: 'user' }, { role: 'assistant' }, { role: 'user' }],
  });
  expect(await client.conversations.delete(id)).toMatchObject({ deleted: true });
});

test('structured output is asked for and comes back', async () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, inhabitants: { type: 'integer' } },
    required: ['city', 'inhabitants'],
    additionalProperties: false,
  };
  const made = await client.responses.create({
    model: MODEL,
    input: 'A city',
    text: { format: { type: 'json_schema', name: 'city', strict: true, schema } },
  });
  expect(JSON.parse(made.output_text)).toMatchObject({ city: expect.any(String), inhabitants: expect.any(Number) });
  expect((await asked())[0]).toMatchObject({ response_format: { type: 'json_schema', json_schema: { name: 'city' } } });
});

test('an error of the endpoint is the client’s, and another endpoint is asked first', async () => {
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 500 } });
  const text = nonce();
  expect(await client.responses.create({ model: MODEL, input: text })).toMatchObject({ status: 'completed' });
  await Promise.all(bed.mocks.map((mock) => mock.fault({ fault: { kind: 'status', status: 400 } })));
  await expect(client.responses.create({ model: MODEL, input: `${text} again` })).rejects.toMatchObject({
    status: 400,
  });
});

test('an endpoint that breaks off in the middle ends the stream with an error event', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.fault({ fault: { kind: 'cut', afterEvents: 4 } })));
  const stream = await client.responses.create({ model: MODEL, input: `Count from 1 to 9 ${nonce()}`, stream: true });
  const events: Event[] = [];
  await expect(
    (async () => {
      for await (const event of stream) events.push(event);
    })(),
  ).rejects.toThrow();
  expect(events.map(({ type }) => type)).toContain('response.output_text.delta');
  expect(events.map(({ type }) => type)).not.toContain('response.completed');
});

test.each([
  ['anthropic', 'claude-sonnet-4-5'],
  ['gemini', 'gemini-2.5-flash'],
])('a conversation goes on at an endpoint of %s', async (provider, model) => {
  await using own = await startBed({
    moreModels: ([mock]) => ({ other: { endpoints: [{ provider, base_url: mock!.url, api_key: 'sk-other', model }] } }),
  });
  const { responses } = own.client();
  const first = await responses.create({ model: 'other', input: 'What is 2+2?' });
  expect(first.output_text).not.toBe('');
  const next = await responses.create({ model: 'other', input: 'And now?', previous_response_id: first.id });
  expect(next).toMatchObject({ status: 'completed', previous_response_id: first.id });
  expect(await responses.retrieve(next.id)).toEqual(next);
  const queued = await responses.create({ model: 'other', input: 'Later', background: true });
  await expect.poll(async () => (await responses.retrieve(queued.id)).status).toBe('completed');
  const turns = (await own.requests()).map(({ body }) => body as { messages?: unknown[]; contents?: unknown[] });
  expect(turns.map(({ messages, contents }) => (messages ?? contents)?.length)).toEqual([1, 3, 1]);
});
