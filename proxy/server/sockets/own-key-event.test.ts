import { expect, test } from 'vitest';
import { endpoint } from '../../routing/routing.fixture.ts';
import { shownEvent } from './own-key-event.ts';

const own = { id: 'c1', mask: '****0001', provider: 'openai' };
const USERS = endpoint('a', { credential: { kind: 'key', value: 'sk-own', own } });
const OPERATORS = endpoint('a', { credential: { kind: 'key', value: 'sk-op' } });

function shown(event: object, at = USERS): { text: string; same: boolean } {
  const text = Buffer.from(JSON.stringify(event));
  const seen = shownEvent(text, event as never, at, 0);
  return { text: seen.toString(), same: seen === text };
}

const error = (status: number, code: string, headers = {}) => ({
  type: 'error',
  status,
  stream_id: 's',
  error: { type: 'x', code, message: 'in the words of the provider', headers },
});

test.each([
  [error(401, 'invalid_api_key'), 401, 'credential_rejected'],
  [error(429, 'insufficient_quota'), 402, 'credential_quota'],
  [error(429, 'rate_limit_exceeded', { 'retry-after': '7' }), 429, 'credential_limited'],
])('%j is told in words of the proxy’s own', (event, status, code) => {
  const { text } = shown(event);
  expect(JSON.parse(text)).toMatchObject({ type: 'error', status, stream_id: 's', error: { code } });
  expect(text).toContain('****0001');
  expect(text).not.toContain('words of the provider');
  if (status === 429) expect(text).toContain('"retry-after":"7"');
});

test('everything else passes as it came', () => {
  expect(shown(error(401, 'invalid_api_key'), OPERATORS).same).toBe(true);
  expect(shown(error(400, 'invalid_value')).same).toBe(true);
  expect(shown({ type: 'response.created' }).same).toBe(true);
});
