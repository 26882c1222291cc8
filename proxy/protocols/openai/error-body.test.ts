import { expect, test } from 'vitest';
import { errorBody, readErrorBody } from './error-body.ts';

const read = (body: unknown) => readErrorBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

test('an error is written as the real API writes it', () => {
  const bytes = errorBody({ message: 'No "m"', type: 'invalid_request_error', param: null, code: 'model_not_found' });
  expect(bytes.toString()).toBe(
    '{\n  "error": {\n    "message": "No \\"m\\"",\n    "type": "invalid_request_error",\n    "param": null,\n    "code": "model_not_found"\n  }\n}',
  );
});

test.each([
  [
    'OpenAI',
    { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
    { message: 'm', type: 't', param: 'p', code: 'c' },
  ],
  ['OpenAI with nulls', { error: { message: 'm', type: 't', param: null, code: null } }, { message: 'm', type: 't' }],
  ['Azure', { error: { code: '429', message: 'm' } }, { message: 'm', code: '429' }],
  ['Azure gateway', { statusCode: 401, message: 'Access denied' }, { message: 'Access denied' }],
  [
    'Anthropic',
    { type: 'error', error: { type: 'overloaded_error', message: 'm' } },
    { message: 'm', type: 'overloaded_error' },
  ],
  [
    'vLLM',
    { object: 'error', message: 'm', type: 'BadRequestError', code: 400 },
    { message: 'm', type: 'BadRequestError', code: '400' },
  ],
  ['a string', { error: 'm' }, { message: 'm' }],
  ['FastAPI', { detail: 'm' }, { message: 'm' }],
  ['FastAPI validation', { detail: [{ msg: 'a' }, { msg: 'b' }] }, { message: 'a; b' }],
  ['Gemini', [{ error: { code: 400, message: 'm', status: 'X' } }], { message: 'm', code: '400' }],
  ['plain text', 'upstream connect\n error', { message: 'upstream connect error' }],
  ['HTML', '<html><head><title>502 Bad Gateway</title></head><body>x</body></html>', { message: '502 Bad Gateway' }],
  ['HTML without a title', '<p>Down <b>now</b></p><style>p{}</style>', { message: 'Down now' }],
  ['cut JSON', '{"error":{"mess', { message: '{"error":{"mess' }],
  ['nothing', '', { message: '' }],
  ['JSON without a message', { ok: false }, { message: '' }],
])('the error of %s is read', (_, body, fields) => {
  expect(read(body)).toEqual({ ...fields, insufficientQuota: false, contextTooLong: false });
});

test('an empty account is recognised by type, code or text, a rate limit is not one', () => {
  const quota = (error: object) => read({ error: { message: 'm', ...error } }).insufficientQuota;
  expect(quota({ type: 'insufficient_quota' })).toBe(true);
  expect(quota({ code: 'insufficient_quota' })).toBe(true);
  expect(quota({ code: 'billing_hard_limit_reached' })).toBe(true);
  expect(quota({ message: 'You exceeded your current quota, please check your plan and billing details.' })).toBe(true);
  expect(quota({ code: 'rate_limit_exceeded', message: 'Rate limit reached for gpt-4o on tokens per min (TPM)' })).toBe(
    false,
  );
});

test.each([
  [true, "This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens."],
  [true, 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
  [true, 'prompt is too long: 200001 tokens > 200000 maximum'],
  [true, 'Input is too long for requested model.'],
  [true, 'The input token count (9) exceeds the maximum number of tokens allowed (8).'],
  [true, 'the request exceeds the available context size. try increasing the context size'],
  [
    false,
    'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 36278. The input or output tokens must be reduced in order to run successfully.',
  ],
  [false, "Invalid 'tools[0].function.description': string too long."],
])('whether the prompt was too long (%s) is told by the text: %s', (tooLong, message) => {
  expect(read({ error: { message } }).contextTooLong).toBe(tooLong);
});

test('the code alone tells that the prompt was too long', () => {
  expect(read({ error: { message: 'm', code: 'context_length_exceeded' } }).contextTooLong).toBe(true);
});

test('keys are masked, long texts are cut, and what lies far back is not read', () => {
  expect(read({ error: { message: 'Incorrect API key provided: sk-proj-abcDEF123.' } }).message).toBe(
    'Incorrect API key provided: sk-***.',
  );
  expect(read('x'.repeat(100_000)).message).toHaveLength(500);
});
