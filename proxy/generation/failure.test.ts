import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import type { RefusedAnswer } from './answer.ts';
import { type FailedAttempt, failureAfter } from './failure.ts';
import type { Prospects } from './retry-advice.ts';

const ANSWER: RefusedAnswer = { status: 429, headers: [['retry-after', '2']], body: Buffer.from('{}') };

const PROSPECTS: Prospects = { subject: "model 'm'", isOverBudget: false, retryAfterMs: () => 0 };

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
  ['credential_quota', true],
  ['too_large_for_limit', true],
])('after %s, that repeating is pointless is said: %s', (kind, pointless) => {
  const headers = [...ANSWER.headers, ...(pointless ? [['x-should-retry', 'false'] as const] : [])];
  expect(failureAfter(last(kind, ANSWER), PROSPECTS, 2)).toEqual({
    ...ANSWER,
    kind: 'answer',
    headers,
    endpoint: 'm/a',
    credential: undefined,
    attempts: 2,
    outcome: kind,
  });
});

test('what the endpoint itself said about repeating stands', () => {
  const headers = [['x-should-retry', 'true']] as const;
  expect(failureAfter(last('unauthorized', { ...ANSWER, headers }), PROSPECTS, 1)).toMatchObject({ headers });
});

test.each<[OutcomeKind, string, number]>([
  ['timeout_connect', 'upstream_timeout', 504],
  ['timeout_first_byte', 'upstream_timeout', 504],
  ['refused', 'upstream_failed', 502],
  ['bad_answer', 'upstream_failed', 502],
])('%s without an answer is %s', (kind, code, status) => {
  expect(failureAfter(last(kind), PROSPECTS, 3)).toMatchObject({
    kind: 'error',
    attempts: 3,
    endpoint: 'm/a',
    outcome: kind,
    error: {
      code,
      status,
      message: `Endpoint 'm/a' failed (${kind}: because) and no other endpoint of model 'm' was left to try.`,
    },
  });
});

test.each<[OutcomeKind, boolean, boolean]>([
  ['timeout_answer', false, true],
  ['refused', false, false],
  ['refused', true, true],
])('after %s, with a spent budget: %s, an error of the proxy advises against repeating: %s', (kind, spent, advised) => {
  const failure = failureAfter(last(kind), { ...PROSPECTS, isOverBudget: spent }, 1);
  const error = failure.kind === 'error' ? failure.error : undefined;
  expect(error?.headers).toEqual(advised ? { 'x-should-retry': 'false' } : {});
  expect(error?.message.endsWith("and the retry budget of model 'm' is spent.")).toBe(spent);
});

test('an answer that does not fit its schema is an error of its own, which names the model and the place', () => {
  const failed: FailedAttempt = {
    outcome: { kind: 'invalid_output', reason: '/items/0/price must be number' },
    endpoint: 'm/a',
  };
  expect(failureAfter(failed, PROSPECTS, 1)).toMatchObject({
    kind: 'error',
    outcome: 'invalid_output',
    endpoint: 'm/a',
    error: {
      code: 'invalid_structured_output',
      status: 502,
      message: "The answer of model 'm' does not fit the schema of the request: /items/0/price must be number.",
      headers: { 'x-should-retry': 'false' },
    },
  });
});
