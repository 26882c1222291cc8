import type { OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { MODEL, startBed, type Bed, statsOf } from './bed.ts';

let bed: Bed;
let client: OpenAI;

const stateless = { responses: 'stateless' };

beforeAll(async () => {
  // Two endpoints that keep nothing, asked in turn.
  bed = await startBed({ mocks: 2, endpoints: [stateless, stateless], model: { strategy: 'round-robin' } });
  client = bed.client();
});
beforeEach(() => Promise.all(bed.mocks.map((mock) => mock.reset())));
afterAll(() => bed[Symbol.asyncDispose]());

/** What the endpoints were asked. */
async function asked(): Promise<Record<string, unknown>[]> {
  return (await bed.requests()).map(({ body }) => body as Record<string, unknown>);
}

async function eventsOf(
  stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>,
): Promise<OpenAI.Responses.ResponseStreamEvent[]> {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const gone = { status: 404, type: 'invalid_request_error' };

test('a response is kept: retrieved, listed with its input, and deleted', async () => {
  const made = await client.responses.create({ model: MODEL, input: 'What is 2+2?', metadata: { a: 'b' } });
  expect(made).toMatchObject({ output_text: '4', store: true, previous_response_id: null, metadata: { a: 'b' } });
  expect(made.id).toMatch(/^resp_[0-9a-f]{48}$/);
  expect(await client.responses.retrieve(made.id)).toEqual(made);
  const items = await client.responses.inputItems.list(made.id);
  expect(items.data).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'What is 2+2?' }] }]);
  await client.responses.delete(made.id);
  await expect(client.responses.retrieve(made.id)).rejects.toMatchObject(gone);
  await expect(client.responses.delete(made.id)).rejects.toMatchObject(gone);
  await expect(client.responses.inputItems.list(made.id)).rejects.toMatchObject(gone);
  expect((await asked()).map(({ store }) => store)).toEqual([false]);
});

test('a request goes on from a response at any endpoint, with everything that was said', async () => {
  const first = await client.responses.create({ model: MODEL, input: 'My name is Ada', instructions: 'Be kind' });
  const second = await client.responses.create({
    model: MODEL,
    input: [{ role: 'user', content: 'What is my name?' }],
    previous_response_id: first.id,
  });
  const third = await client.responses.create({ model: MODEL, input: '2+2', previous_response_id: second.id });
  expect([second, third].map(({ previous_response_id: id }) => id)).toEqual([first.id, second.id]);
  const bodies = await asked();
  expect(new Set((await bed.requests()).map(({ port }) => port)).size).toBe(2);
  expect(bodies.every((body) => !('previous_response_id' in body))).toBe(true);
  expect(bodies[2]).toMatchObject({
    input: [
      { role: 'user', content: 'My name is Ada' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text' }] },
      { role: 'user', content: 'What is my name?' },
      { type: 'message', role: 'assistant' },
      { role: 'user', content: '2+2' },
    ],
  });
  expect(bodies[2]).not.toHaveProperty('instructions');
  await client.responses.delete(first.id);
  expect(await client.responses.create({ model: MODEL, input: 'x', previous_response_id: second.id })).toMatchObject({
    status: 'completed',
  });
});

test('items of an answer can be named alone, by their caller, while the response is kept', async () => {
  const made = await client.responses.create({ model: MODEL, input: 'My cat is called Tom' });
  const [item] = made.output;
  const body = {
    model: MODEL,
    input: [
      { role: 'user' as const, content: 'My cat is called Tom' },
      { type: 'item_reference' as const, id: item!.id! },
      { role: 'user' as const, content: 'And what is it called?' },
    ],
  };
  await client.responses.create(body);
  expect((await asked())[1]).toMatchObject({
    input: [{ role: 'user' }, { id: item!.id, role: 'assistant' }, { role: 'user' }],
  });
  const refusal = { status: 400, message: expect.stringContaining(`Item with id '${item!.id}' not found.`) };
  await expect(bed.client({ apiKey: 'sk-other' }).responses.create(body)).rejects.toMatchObject(refusal);
  await client.responses.delete(made.id);
  await expect(client.responses.create(body)).rejects.toMatchObject(refusal);
});

test('a tool loop goes on from the call', async () => {
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
});

test('a stream is kept at its end, with the fields of its request in every event that tells of it', async () => {
  const first = await client.responses.create({ model: MODEL, input: 'hi' });
  const events = await eventsOf(
    await client.responses.create({
      model: MODEL,
      input: 'Count from 1 to 5',
      stream: true,
      previous_response_id: first.id,
    }),
  );
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, at) => at));
  const told = events.flatMap((event) => ('response' in event ? [event.response] : []));
  expect(told).toHaveLength(3);
  const { id } = told[0]!;
  for (const response of told) expect(response).toMatchObject({ id, previous_response_id: first.id, store: true });
  const { output_text: _text, ...kept } = await client.responses.retrieve(id);
  expect(kept).toEqual(told.at(-1));
  const next = await client.responses.create({ model: MODEL, input: 'x', previous_response_id: id });
  expect(next.previous_response_id).toBe(id);
});

test('what is not to be stored is not, and what was never made is refused', async () => {
  const made = await client.responses.create({ model: MODEL, input: 'hi', store: false });
  expect(made).toMatchObject({ store: false });
  await expect(client.responses.retrieve(made.id)).rejects.toMatchObject(gone);
  const before = (await asked()).length;
  await expect(
    client.responses.create({ model: MODEL, input: 'x', previous_response_id: made.id }),
  ).rejects.toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
    message: expect.stringContaining(`Previous response with id '${made.id}' not found.`),
  });
  expect(await asked()).toHaveLength(before);
});

test('what one caller has made does not exist for another', async () => {
  const made = await client.responses.create({ model: MODEL, input: 'hi' });
  const { id: conversation } = await client.conversations.create();
  const other = bed.client({ apiKey: 'sk-other' });
  await expect(other.responses.retrieve(made.id)).rejects.toMatchObject(gone);
  await expect(other.responses.delete(made.id)).rejects.toMatchObject(gone);
  await expect(other.responses.cancel(made.id)).rejects.toMatchObject(gone);
  await expect(
    other.responses.create({ model: MODEL, input: 'x', previous_response_id: made.id }),
  ).rejects.toMatchObject({
    status: 400,
  });
  await expect(other.conversations.retrieve(conversation)).rejects.toMatchObject(gone);
  await expect(other.responses.create({ model: MODEL, input: 'x', conversation })).rejects.toMatchObject(gone);
  expect(await client.responses.retrieve(made.id)).toMatchObject({ id: made.id });
});

test('equal requests share one answer of the cache, and each has a response of its own', async () => {
  const body = { model: MODEL, input: 'a question for the cache' };
  const [one, same] = [
    await client.responses.create(body).withResponse(),
    await client.responses.create(body).withResponse(),
  ];
  expect(same.response.headers.get('x-llmproxy-cache')).toBe('hit');
  expect(same.data.id).not.toBe(one.data.id);
  const streamed = await eventsOf(await client.responses.create({ ...body, stream: true }));
  expect(await asked()).toHaveLength(1);
  await client.responses.delete(one.data.id);
  expect(await client.responses.retrieve(same.data.id)).toMatchObject({ output_text: one.data.output_text });
  const last = streamed.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
  expect(await client.responses.retrieve(last.response.id)).toMatchObject({ status: 'completed' });
});

test('a background response is queued, polled until it is done, and gone on from', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.pace({ tokensPerSecond: 30 })));
  const queued = await client.responses.create({ model: MODEL, input: 'Count from 1 to 5', background: true });
  expect(queued).toMatchObject({ status: 'queued', background: true, output: [] });
  expect(['queued', 'in_progress']).toContain((await client.responses.retrieve(queued.id)).status);
  await expect(
    client.responses.create({ model: MODEL, input: 'x', previous_response_id: queued.id }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('is not finished yet'),
  });
  await expect.poll(async () => (await client.responses.retrieve(queued.id)).status).toBe('completed');
  const done = await client.responses.retrieve(queued.id);
  expect(done).toMatchObject({ id: queued.id, background: true, output_text: '1\n2\n3\n4\n5' });
  await expect(client.responses.retrieve(queued.id, { stream: true })).rejects.toMatchObject({ status: 400 });
  expect(await client.responses.cancel(queued.id)).toMatchObject({ status: 'completed' });
  const next = await client.responses.create({ model: MODEL, input: 'x', previous_response_id: queued.id });
  expect(next.status).toBe('completed');
  expect((await asked())[0]).toMatchObject({ stream: true, store: false });
  expect((await asked())[0]).not.toHaveProperty('background');
});

test('a background stream is resumed from where it was left, while it runs and afterwards', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.pace({ tokensPerSecond: 30 })));
  const stream = await client.responses.create({
    model: MODEL,
    input: 'Count from 1 to 9',
    background: true,
    stream: true,
  });
  let id = '';
  const seen: number[] = [];
  for await (const event of stream) {
    if (event.type === 'response.created') ({ id } = event.response);
    seen.push(event.sequence_number);
    if (seen.length === 5) break;
  }
  const running = await eventsOf(await client.responses.retrieve(id, { stream: true, starting_after: 4 }));
  expect(running[0]?.sequence_number).toBe(5);
  expect(running.at(-1)).toMatchObject({ type: 'response.completed', response: { id, background: true } });
  const again = await eventsOf(await client.responses.retrieve(id, { stream: true, starting_after: 4 }));
  expect(again).toEqual(running);
  const whole = await eventsOf(await client.responses.retrieve(id, { stream: true }));
  expect(whole.map(({ sequence_number: number }) => number)).toEqual(whole.map((_, at) => at));
  expect(await asked()).toHaveLength(1);
});

test('a background response is cancelled: its endpoint is let go, and it stays cancelled', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.pace({ tokensPerSecond: 5 })));
  const { id } = await client.responses.create({ model: MODEL, input: 'Count from 1 to 90', background: true });
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
  expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
  await expect.poll(async () => (await bed.requests())[0]?.aborted).toBe(true);
  expect((await client.responses.retrieve(id)).status).toBe('cancelled');
  const other = await client.responses.create({ model: MODEL, input: 'hi' });
  await expect(client.responses.cancel(other.id)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('Cannot cancel a synchronous response.'),
  });
});

test('a background response that fails says why', async () => {
  await Promise.all(bed.mocks.map((mock) => mock.fault({ fault: { kind: 'status', status: 400 } })));
  const { id } = await client.responses.create({ model: MODEL, input: 'to fail', background: true });
  await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe('failed');
  const { error } = await client.responses.retrieve(id);
  expect(error?.message).toBeTruthy();
});

test('conversations are made, read, relabelled, filled and deleted without an endpoint', async () => {
  const { conversations } = client;
  const made = await conversations.create({ metadata: { topic: 'one' }, items: [{ role: 'user', content: 'first' }] });
  await conversations.update(made.id, { metadata: { topic: 'two' } });
  expect(await conversations.retrieve(made.id)).toMatchObject({ id: made.id, metadata: { topic: 'two' } });
  const added = await conversations.items.create(made.id, {
    items: ['second', 'third'].map((content) => ({ role: 'user' as const, content })),
  });
  const texts: unknown[] = [];
  for await (const item of conversations.items.list(made.id, { order: 'asc', limit: 2 })) texts.push(item);
  expect(texts).toMatchObject(
    ['first', 'second', 'third'].map((text) => ({ content: [{ type: 'input_text', text }] })),
  );
  const last = added.data[1] as { id: string };
  expect(await conversations.items.retrieve(last.id, { conversation_id: made.id })).toMatchObject({ id: last.id });
  await conversations.items.delete(last.id, { conversation_id: made.id });
  await expect(conversations.items.retrieve(last.id, { conversation_id: made.id })).rejects.toMatchObject(gone);
  expect(await conversations.delete(made.id)).toMatchObject({ object: 'conversation.deleted', deleted: true });
  await expect(conversations.retrieve(made.id)).rejects.toMatchObject(gone);
  expect(await bed.requests()).toEqual([]);
});

test('a response in a conversation has read what was said before, and adds to it', async () => {
  const { id } = await client.conversations.create();
  const first = await client.responses.create({ model: MODEL, input: 'And what is 2+2?', conversation: id });
  expect(first.conversation).toEqual({ id });
  const stream = await client.responses.create({ model: MODEL, input: 'And now?', conversation: { id }, stream: true });
  const events = await eventsOf(stream);
  expect((await asked())[1]).toMatchObject({ input: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }] });
  const { data } = await client.conversations.items.list(id, { order: 'asc' });
  expect(data).toMatchObject([
    { role: 'user', content: [{ type: 'input_text', text: 'And what is 2+2?' }] },
    { id: first.output[0]!.id, role: 'assistant', content: [{ type: 'output_text', text: '4' }] },
    { role: 'user' },
    { role: 'assistant' },
  ]);
  expect(events.at(-1)).toMatchObject({ response: { conversation: { id } } });
  const background = await client.responses.create({ model: MODEL, input: 'more', conversation: id, background: true });
  await expect.poll(async () => (await client.responses.retrieve(background.id)).status).toBe('completed');
  await expect.poll(async () => (await client.conversations.items.list(id)).data.length).toBe(6);
  const both = { model: MODEL, input: 'x', conversation: id, previous_response_id: first.id };
  await expect(client.responses.create(both)).rejects.toMatchObject({
    status: 400,
    code: 'mutually_exclusive_parameters',
  });
});

test('beside a model whose endpoint keeps its own, each is asked for where it is', async () => {
  await using mixed = await startBed({
    endpoints: [stateless],
    moreModels: ([mock]) => ({
      native: {
        endpoints: [{ provider: 'openai', name: 'n', base_url: mock!.baseURL, api_key: 'sk-n', model: MODEL }],
      },
    }),
  });
  const both = mixed.client();
  const kept = await both.responses.create({ model: MODEL, input: 'hi' });
  const native = await both.responses.create({ model: 'native', input: 'hi' });
  expect(await both.responses.retrieve(kept.id)).toMatchObject({ id: kept.id });
  expect(await both.responses.retrieve(native.id)).toMatchObject({ id: native.id });
  await expect(both.responses.retrieve('resp_none')).rejects.toMatchObject({ status: 404 });
  expect((await mixed.requests()).map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET']);
});

test('what runs in the background is booked once, as an exchange and a generation of its own', async () => {
  await using own = await startBed({ endpoints: [stateless] });
  const { id } = await own.client().responses.create({ model: MODEL, input: 'hi', background: true });
  await expect.poll(async () => (await own.client().responses.retrieve(id)).status).toBe('completed');
  const { generations } = await statsOf<{ generations: { total: number; tokens: { output: number } } }>(own.url);
  const { usage } = await own.client().responses.retrieve(id);
  expect(generations).toMatchObject({ total: 1, tokens: { output: usage!.output_tokens } });
  await expect.poll(() => own.log()).toContain('"operation":"responses.background"');
});
