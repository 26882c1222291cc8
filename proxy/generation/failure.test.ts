import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import type { RefusedAnswer } from './answer.ts';
import { type FailedAttempt, failureAfter } from './failure.ts';

const ANSWER: RefusedAnswer = { status: 429, headers: [['retry-after', '2']], body: Buffer.from('{}') };

const last = (kind: OutcomeKind, answer?: RefusedAnswer): FailedAttempt => ({
  outcome: { kind, reason: 'because' },
  endpoint: 'm/a',
  ...(answer ? { answer } : {}),
});

test.each<[OutcomeKind, boolean]>([
  ['rate_limited', false],
  ['server_error', false],
  ['model_not_here', false],
  ['insufficient_quota', true],
  ['unauthorized', true],
  ['credential_refused', true],
  ['too_large_for_limit', true],
])('after %s, that repeating is pointless is said: %s', (kind, pointless) => {
  const headers = [...ANSWER.headers, ...(pointless ? [['x-should-retry', 'false'] as const] : [])];
  expect(failureAfter(last(kind, ANSWER), "model 'm'", 2)).toEqual({
    ...ANSWER,
    kind: 'answer',
    headers,
    endpoint: 'm/a',
    attempts: 2,
  });
});

test('what the endpoint itself said about repeating stands', () => {
  const headers = [['x-should-retry', 'true']] as const;
  expect(failureAfter(last('unauthorized', { ...ANSWER, headers }), 'x', 1)).toMatchObject({ headers });
});

test.each<[OutcomeKind, string, number]>([
  ['timeout_connect', 'upstream_timeout', 504],
  ['timeout_first_byte', 'upstream_timeout', 504],
  ['refused', 'upstream_failed', 502],
  ['bad_answer', 'upstream_failed', 502],
])('%s without an answer is %s', (kind, code, status) => {
  expect(failureAfter(last(kind), "model 'm'", 3)).toMatchObject({
    kind: 'error',
    attempts: 3,
    endpoint: 'm/a',
    error: {
      code,
      status,
      message: `Endpoint 'm/a' failed (${kind}: because) and no other endpoint of model 'm' was left to try.`,
    },
  });
});
