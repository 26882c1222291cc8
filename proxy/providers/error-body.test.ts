import { expect, test } from 'vitest';
import { readErrorBody } from './error-body.ts';

const read = (body: unknown) => readErrorBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

test.each([
  [
    'OpenAI',
    { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
    { message: 'm', type: 't', param: 'p', code: 'c' },
  ],
  ['OpenAI with nulls', { error: { message: 'm', type: 't', param: null, code: null } }, { message: 'm', type: 't' }],
  ['Azure', { error: { code: '429', message: 'm' } }, { message: 'm', code: '429', status: 429 }],
  ['Azure gateway', { statusCode: 401, message: 'Access denied' }, { message: 'Access denied' }],
  [
    'Anthropic',
    { type: 'error', error: { type: 'overloaded_error', message: 'm' } },
    { message: 'm', type: 'overloaded_error' },
  ],
  [
    'vLLM',
    { object: 'error', message: 'm', type: 'BadRequestError', code: 400 },
    { message: 'm', type: 'BadRequestError', code: '400', status: 400 },
  ],
  ['a string', { error: 'm' }, { message: 'm' }],
  ['FastAPI', { detail: 'm' }, { message: 'm' }],
  ['FastAPI validation', { detail: [{ msg: 'a' }, { msg: 'b' }] }, { message: 'a; b' }],
  ['Gemini', [{ error: { code: 400, message: 'm', status: 'X' } }], { message: 'm', code: '400', status: 400 }],
  [
    'Gemini with details',
    {
      error: {
        code: 429,
        message: 'm',
        status: 'RESOURCE_EXHAUSTED',
        details: [
          'x',
          { reason: '' },
          { reason: 'RATE_LIMIT_EXCEEDED' },
          { reason: 'another' },
          { violations: [{ quotaId: 'XPerMinute' }, {}, 5, { quotaId: 'YPerDay' }] },
          { retryDelay: '1.5s' },
          { retryDelay: '3s' },
          { retryDelay: 'soon' },
        ],
      },
    },
    {
      message: 'm',
      type: 'RESOURCE_EXHAUSTED',
      code: '429',
      status: 429,
      reason: 'RATE_LIMIT_EXCEEDED',
      retryMs: 3_000,
      window: 'day',
    },
  ],
  ['details that are none', { error: { message: 'm', details: { retryDelay: '3s' } } }, { message: 'm' }],
  ['Databricks', { error_code: 'X', message: 'm' }, { message: 'm', code: 'X' }],
  ['Groq', { error: { message: 'm', code: 'c', status_code: 599 } }, { message: 'm', code: 'c', status: 599 }],
  ['a number that is no status', { error: { message: 'm', code: 600 } }, { message: 'm', code: '600' }],
  ['a number below', { error: { message: 'm', code: 399 } }, { message: 'm', code: '399' }],
  ['plain text', 'upstream connect\n error', { message: 'upstream connect error' }],
  ['HTML', '<html><head><title>502 Bad Gateway</title></head><body>x</body></html>', { message: '502 Bad Gateway' }],
  ['HTML without a title', '<p>Down <b>now</b></p><style>p{}</style>', { message: 'Down now' }],
  ['cut JSON', '{"error":{"mess', { message: '{"error":{"mess' }],
  ['nothing', '', { message: '' }],
  ['JSON without a message', { ok: false }, { message: '' }],
])('the error of %s is read', (_, body, fields) => {
  expect(read(body)).toEqual(fields);
});

test('a key of Google is masked', () => {
  expect(read({ error: { message: 'API key AIzaSyAbc_123-x is bad' } }).message).toBe('API key AIza*** is bad');
});

test('keys are masked, long texts are cut, and what lies far back is not read', () => {
  expect(read({ error: { message: 'Incorrect API key provided: sk-proj-abcDEF123.' } }).message).toBe(
    'Incorrect API key provided: sk-***.',
  );
  expect(read('x'.repeat(100_000)).message).toHaveLength(500);
});
