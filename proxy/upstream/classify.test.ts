import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import { classifyAnswer } from './classify.ts';

const NOW = 1_750_000_000_000;

function classify(status: number, body: object | string = {}, headers = {}, forwardsCredential = false) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return classifyAnswer({ status, headers, body: bytes, forwardsCredential, now: NOW });
}

const error = (code: string | null, message = 'no') => ({ error: { message, type: 'x', param: null, code } });

test.each<[number, object | string, OutcomeKind]>([
  [500, error(null), 'server_error'],
  [503, '<html>overloaded</html>', 'server_error'],
  [429, error('rate_limit_exceeded'), 'rate_limited'],
  [429, error('insufficient_quota'), 'insufficient_quota'],
  [408, {}, 'busy'],
  [425, {}, 'busy'],
  [401, error('invalid_api_key'), 'unauthorized'],
  [403, error(null), 'unauthorized'],
  [400, error('context_length_exceeded'), 'context_too_long'],
  [400, error(null, "This model's maximum context length is 8192 tokens."), 'context_too_long'],
  [400, error('unknown_parameter'), 'client_error'],
  [404, error('model_not_found'), 'client_error'],
  [302, '', 'bad_answer'],
])('status %i with %j is %s', (status, body, kind) => {
  expect(classify(status, body)).toMatchObject({ kind, status });
});

test.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after-ms': '150.5', 'retry-after': '2' }, 150.5],
  [{ 'retry-after': new Date(NOW + 5_000).toUTCString() }, 5_000],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{}, undefined],
])('%j asks for a wait of %s ms', (headers, expected) => {
  expect(classify(429, error('rate_limit_exceeded'), headers).retryAfterMs).toBe(expected);
});

test('a refusal of the caller’s own credential is the caller’s affair', () => {
  expect(classify(401, error('invalid_api_key'), {}, true).kind).toBe('client_error');
  expect(classify(429, error('insufficient_quota'), {}, true).kind).toBe('client_error');
});

test('the reason for operators names status and code and repeats no message', () => {
  expect(classify(401, error('invalid_api_key', 'Incorrect API key provided: sk-secret')).reason).toBe(
    'status 401, code invalid_api_key',
  );
});
