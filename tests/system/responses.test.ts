import { expect, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { nonce, seenWith, sharedClient } from './ask.ts';
import { MODEL } from './bed.ts';

test('a response through the proxy is what the official client expects', async (context) => {
  needsModel(context, MODEL);
  const response = await sharedClient().responses.create({ model: MODEL, input: `Say a word about ${nonce()}` });
  expect(response).toMatchObject({
    object: 'response',
    status: 'completed',
    error: null,
    model: expect.any(String) as string,
  });
  expect(response.id).toMatch(/^resp_/);
  expect(response.output_text).not.toBe('');
  expect(response.usage!.total_tokens).toBe(response.usage!.input_tokens + response.usage!.output_tokens);
});

test('instructions and input in parts arrive', async (context) => {
  needsMock(context);
  const word = nonce();
  const response = await sharedClient().responses.create({
    model: MODEL,
    instructions: 'You know geography.',
    input: [{ role: 'user', content: [{ type: 'input_text', text: `capital of France? ${word}` }] }],
  });
  expect(response.output_text).toBe('Paris');
  expect(response.instructions).toBe('You know geography.');
  expect((await seenWith(word))[0]?.path).toBe('/v1/responses');
});

test('the second equal request is a hit with the same response, and the endpoint does not hear of it', async (context) => {
  needsModel(context, MODEL);
  const request = { model: MODEL, input: nonce() };
  const first = await sharedClient().responses.create(request).withResponse();
  const second = await sharedClient().responses.create(request).withResponse();
  expect(first.response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect(second.response.headers.get('x-llmproxy-cache')).toBe('hit');
  expect(second.data).toEqual(first.data);
  needsMock(context);
  expect(await seenWith(request.input)).toHaveLength(1);
});

test('what was answered from the cache can be retrieved, read and deleted like any other response', async (context) => {
  needsMock(context);
  const client = sharedClient();
  const request = { model: MODEL, input: nonce() };
  const { id } = await client.responses.create(request);
  const hit = await client.responses.create(request);
  expect(hit.id).toBe(id);
  expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'completed' });
  const items = await client.responses.inputItems.list(id);
  expect(items.data[0]).toMatchObject({ type: 'message', role: 'user' });
  await client.responses.delete(id);
  await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  // Only its owner was ever asked.
  expect(new Set((await seenWith(id)).map(({ port }) => port)).size).toBe(1);
});

test.each([
  ['background', { background: true }],
  ['a conversation', { conversation: 'conv_123' }],
])('%s is never stored', async (_what, more) => {
  const request = { model: MODEL, input: nonce(), ...more };
  const said: (string | null)[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await sharedClient()
      .post('/responses', { body: request })
      .asResponse()
      .catch((error: unknown) => error as { headers: Headers });
    said.push(answer.headers.get('x-llmproxy-cache'));
  }
  expect(said).toEqual(['bypass', 'bypass']);
});

test('an answer that ended incomplete is passed on and not stored', async (context) => {
  needsMock(context);
  const word = nonce();
  const request = { model: MODEL, input: `${'A word and another word. '.repeat(10)} ${word}`, max_output_tokens: 16 };
  for (let turn = 0; turn < 2; turn += 1) {
    const { data, response } = await sharedClient().responses.create(request).withResponse();
    expect(data).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  }
  expect(await seenWith(word)).toHaveLength(2);
});

test('a structured answer and a tool call come through', async (context) => {
  needsMock(context);
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const structured = await sharedClient().responses.create({
    model: MODEL,
    input: nonce(),
    text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
  });
  expect(JSON.parse(structured.output_text)).toEqual({ city: expect.any(String) as string });
  const called = await sharedClient().responses.create({
    model: MODEL,
    input: nonce(),
    tools: [{ type: 'function', name: 'find', parameters: schema, strict: true }],
    tool_choice: 'required',
  });
  expect(called.output).toMatchObject([{ type: 'function_call', name: 'find', status: 'completed' }]);
});
