import { describe, expect, test } from 'vitest';
import { unknownUrl } from './errors.ts';
import { providerError, providerErrorReply, streamFailure } from './failures.ts';
import { bodyOf, call, testContext } from './testing.ts';

const messages = [{ role: 'user', content: 'x' }];
const model = 'gpt-4o';

interface Refusal {
  readonly operation: string;
  readonly body: unknown;
  readonly status?: number;
  readonly message: string | RegExp;
  readonly param?: string | null;
  readonly code?: string | null;
}

const REFUSALS: readonly Refusal[] = [
  { operation: 'chat.completions', body: { messages }, message: 'you must provide a model parameter' },
  { operation: 'chat.completions', body: [], message: /^We could not parse the JSON body of your request\./ },
  {
    operation: 'chat.completions',
    body: { model: 4, messages },
    message: "Invalid type for 'model': expected a string, but got an integer instead.",
    param: 'model',
    code: 'invalid_type',
  },
  {
    operation: 'chat.completions',
    body: { model },
    message: "Missing required parameter: 'messages'.",
    param: 'messages',
    code: 'missing_required_parameter',
  },
  {
    operation: 'chat.completions',
    body: { model, messages: [] },
    message: /^Invalid 'messages': empty array\./,
    param: 'messages',
    code: 'empty_array',
  },
  {
    operation: 'chat.completions',
    body: { model, messages: 'x' },
    message: "Invalid type for 'messages': expected an array of objects, but got a string instead.",
    param: 'messages',
    code: 'invalid_type',
  },
  {
    operation: 'chat.completions',
    body: { model, messages: [{ role: 'bot', content: 'x' }] },
    message:
      "Invalid value: 'bot'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
    param: 'messages[0].role',
    code: 'invalid_value',
  },
  {
    operation: 'chat.completions',
    body: { model, messages, temperature: -1 },
    message: "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
    param: 'temperature',
    code: 'decimal_below_min_value',
  },
  {
    operation: 'chat.completions',
    body: { model, messages, n: 130 },
    message: "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead.",
    param: 'n',
    code: 'integer_above_max_value',
  },
  {
    operation: 'chat.completions',
    body: { model, messages, max_tokens: 'x' },
    message: "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
    param: 'max_tokens',
    code: 'invalid_type',
  },
  {
    operation: 'chat.completions',
    body: { model: 'nope', messages },
    status: 404,
    message: 'The model `nope` does not exist or you do not have access to it.',
    param: null,
    code: 'model_not_found',
  },
  {
    operation: 'embeddings',
    body: { model: 'nope', input: 'x' },
    status: 404,
    message: /`nope`/,
    code: 'model_not_found',
  },
  {
    operation: 'embeddings',
    body: { model },
    message: "Missing required parameter: 'input'.",
    param: 'input',
    code: 'missing_required_parameter',
  },
  {
    operation: 'responses',
    body: { model: 'nope', input: 'x' },
    message: "The requested model 'nope' does not exist.",
    param: 'model',
    code: 'model_not_found',
  },
  {
    operation: 'responses',
    body: { model },
    message: "Missing required parameter: 'input'.",
    param: 'input',
    code: 'missing_required_parameter',
  },
  {
    operation: 'responses',
    body: { model, input: 7 },
    message: "Invalid type for 'input': expected one of a string or array of objects, but got an integer instead.",
    param: 'input',
    code: 'invalid_type',
  },
  {
    operation: 'responses',
    body: { model, input: 'x', previous_response_id: 'resp_no' },
    message: "Previous response with id 'resp_no' not found.",
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  },
  {
    operation: 'responses',
    body: { model, input: [{ type: 'function_call_output', call_id: 'call_9', output: 'x' }] },
    message: 'No tool call found for function call output with call_id call_9.',
    param: 'input',
  },
  {
    operation: 'responses',
    body: { model, input: [{ type: 'function_call', call_id: 'call_9', name: 'f', arguments: '{}' }] },
    message: 'No tool output found for function call call_9.',
    param: 'input',
  },
];

describe('refused requests', () => {
  test.each(REFUSALS)(
    '$operation says: $message',
    ({ operation, body, status = 400, message, param = null, code = null }) => {
      const reply = call(operation, { body }, testContext({ models: [model] }));
      expect(reply.status).toBe(status);
      const { error } = bodyOf(reply) as { error: { message: string } };
      expect(error).toEqual({ message: error.message, type: 'invalid_request_error', param, code });
      if (typeof message === 'string') expect(error.message).toBe(message);
      else expect(error.message).toMatch(message);
    },
  );

  test('malformed JSON is told from an absent body', () => {
    const malformed = bodyOf(call('chat.completions', { rawBody: '{"model":' })) as { error: { message: string } };
    expect(malformed.error.message).toMatch(/^We could not parse/);
    const absent = bodyOf(call('chat.completions', {})) as { error: { message: string } };
    expect(absent.error.message).toBe('you must provide a model parameter');
  });

  test('without a list of models any name is accepted', () => {
    expect(call('chat.completions', { body: { model: 'my-model', messages } }).status).toBe(200);
  });
});

describe('keys', () => {
  const guarded = testContext({ keys: ['sk-right'] });
  const withKey = (authorization?: string) =>
    call('models.list', authorization === undefined ? {} : { headers: { authorization } }, guarded);

  test('a listed key is let in and no key or another is 401', () => {
    expect(withKey('Bearer sk-right').status).toBe(200);
    expect(bodyOf(withKey())).toMatchObject({
      error: { message: expect.stringMatching(/^You didn't provide an API key\./), code: null },
    });
    expect(withKey('Bearer sk-wrong').status).toBe(401);
  });

  test('a refused key is shown with its middle starred, a short one whole', () => {
    const shown = (key: string) => (bodyOf(withKey(`Bearer ${key}`)) as { error: { message: string } }).error.message;
    expect(shown('sk-abcdefghijklmnop1234')).toContain(`: sk-abcde${'*'.repeat(11)}1234. You can find`);
    expect(shown('sk-short')).toContain(': sk-short. You can find');
  });
});

test('unknown paths are said differently inside and outside /v1', () => {
  const context = testContext();
  expect(bodyOf(unknownUrl({ method: 'POST', path: '/v1/foo' }, context))).toEqual({
    error: { message: 'Invalid URL (POST /v1/foo)', type: 'invalid_request_error', param: null, code: null },
  });
  expect(bodyOf(unknownUrl({ method: 'GET', path: '/foo' }, context))).toMatchObject({
    error: { message: expect.stringMatching(/^Unknown request URL: GET \/foo\. Please check/), code: 'unknown_url' },
  });
});

test('an error carries its length and identity, and no rate limits', () => {
  const reply = unknownUrl({ method: 'GET', path: '/é' }, testContext());
  const headers = new Headers(reply.headers.map(([name, value]): [string, string] => [name, value]));
  expect(headers.get('content-length')).toBe(String(Buffer.byteLength(reply.body)));
  expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
});

describe('injected failures', () => {
  test.each([
    [429, undefined, 'tokens', 'rate_limit_exceeded'],
    [429, 'insufficient_quota', 'insufficient_quota', 'insufficient_quota'],
    [500, undefined, 'server_error', null],
    [502, undefined, 'server_error', null],
    [418, undefined, 'invalid_request_error', null],
  ])('status %i with code %s has the provider’s body', (status, code, type, expected) => {
    const reply = providerErrorReply(status, testContext(), code);
    expect(reply.status).toBe(status);
    expect(bodyOf(reply)).toMatchObject({ error: { type, code: expected } });
  });

  test('a failing chat stream sends the error object and [DONE], a failing response its numbered error event', () => {
    const chat = streamFailure('chat.completions', providerError(500)).map(({ bytes }) => bytes);
    expect(chat).toHaveLength(2);
    expect(chat[0]).toMatch(/^data: \{"error":\{"message":/);
    expect(chat[1]).toBe('data: [DONE]\n\n');
    const [response] = streamFailure('responses', providerError(503), 7);
    expect(response!.bytes).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{"type":"server_error".*\},"sequence_number":7\}/,
    );
  });
});
