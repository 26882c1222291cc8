import type { OpenAI } from 'openai';
import { expect, inject, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { collect, nonce, seenWith, sharedClient } from './ask.ts';
import { MODEL, startBed } from './bed.ts';
import { send } from './http.ts';

type Event = OpenAI.Responses.ResponseStreamEvent;

async function stream(input: string): Promise<{ cache: string | null; events: Event[] }> {
  const call = sharedClient().responses.create({ model: MODEL, input, stream: true });
  const { data, response } = await call.withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), events: await collect(data) };
}

test('the events of a stream are numbered without a gap, from created to completed', async (context) => {
  needsModel(context, MODEL);
  const { events } = await stream(`Write about ${nonce()}`);
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_event, index) => index));
  expect(events[0]?.type).toBe('response.created');
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'completed' } });
  const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
  expect(text).toBe((events.at(-1) as { response: OpenAI.Responses.Response }).response.output_text ?? text);
});

test('the first event is here while the endpoint still generates', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 6 } });
  const request = { model: MODEL, input: 'Count from 1 to 5', stream: true } as const;
  const seen: string[] = [];
  for await (const event of await bed.client().responses.create(request)) {
    seen.push(event.type);
    if (event.type === 'response.output_text.delta') break;
  }
  expect(seen.slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
  await expect.poll(async () => (await bed.requests())[0]?.aborted).toBe(true);
});

test('the helper ends with what the same request gives in one piece', async (context) => {
  needsMock(context);
  const request = { model: MODEL, input: `Count from 1 to 5 ${nonce()}` };
  const cacheless = { headers: { 'cache-control': 'no-cache, no-store' } };
  const whole = await sharedClient().responses.create(request, cacheless);
  const final = await sharedClient().responses.stream(request, cacheless).finalResponse();
  expect(final.output_text).toBe(whole.output_text);
  expect(final.usage).toEqual(whole.usage);
});

test('an error of the endpoint in the stream is thrown by the SDK, and the stream is not stored', async () => {
  await using bed = await startBed();
  const error = { message: 'Overloaded.', type: 'server_error', code: 'server_is_overloaded' };
  await bed.mock.fault({ times: 1, fault: { kind: 'error-first', afterEvents: 6, error } });
  const request = { model: MODEL, input: 'hi' };
  await expect(bed.client().responses.stream(request).finalResponse()).rejects.toThrow('Overloaded.');
  expect((await bed.client().responses.stream(request).finalResponse()).status).toBe('completed');
  expect(await bed.requests()).toHaveLength(2);
});

test('the second equal stream is replayed event for event, and the endpoint does not hear of it', async (context) => {
  needsModel(context, MODEL);
  const word = nonce();
  const first = await stream(word);
  const second = await stream(word);
  expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
  expect(second.events).toEqual(first.events);
  needsMock(context);
  expect(await seenWith(word)).toHaveLength(1);
});

test('a replay is byte for byte what the miss was', async (context) => {
  needsMock(context);
  const body = { model: MODEL, input: nonce(), stream: true };
  const miss = await send(`${inject('proxyUrl')}/v1/responses`, { body });
  const hit = await send(`${inject('proxyUrl')}/v1/responses`, { body });
  expect(hit.headers['x-llmproxy-cache']).toBe('hit');
  expect(hit.body.toString()).toBe(miss.body.toString());
  expect(hit.body.toString()).not.toContain('[DONE]');
});

test('a client that wants no obfuscation gets none, from the entry of one that had it', async (context) => {
  needsMock(context);
  const url = `${inject('proxyUrl')}/v1/responses`;
  const body = { model: MODEL, input: nonce(), stream: true };
  const full = await send(url, { body });
  const bare = await send(url, { body: { ...body, stream_options: { include_obfuscation: false } } });
  expect(full.body.toString()).toContain('"obfuscation":');
  expect(bare.headers['x-llmproxy-cache']).toBe('hit');
  expect(bare.body.toString()).not.toContain('"obfuscation":');
});

test('a stream of tool calls with a structured argument is put together by the helper', async (context) => {
  needsMock(context);
  const parameters = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const request = {
    model: MODEL,
    input: nonce(),
    tools: [{ type: 'function' as const, name: 'find', parameters, strict: true }],
    tool_choice: 'required' as const,
  };
  const final = await sharedClient().responses.stream(request).finalResponse();
  const again = await sharedClient().responses.stream(request).finalResponse();
  expect(final.output).toMatchObject([{ type: 'function_call', name: 'find' }]);
  expect(again).toEqual(final);
});
