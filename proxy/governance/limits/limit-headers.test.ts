import { expect, test } from 'vitest';
import { refusalOf } from './gates.ts';
import { limitHeaders, refusalHeaders } from './limit-headers.ts';
import { HOUR_MS, makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';
import type { Limit, Reading } from './types.ts';

const reading = (limit: Limit, used: bigint, lengthMs = HOUR_MS): Reading => ({
  limit,
  used,
  start: START,
  end: START + lengthMs,
});
const readings = [
  reading(makeLimit('requests', 100), 1n),
  reading(makeLimit('requests', 10, { level: 'user' }), 7n, 360_000),
  reading(makeLimit('tokens', 50), 80n, 1),
  reading(makeLimit('tokens', null), 80n),
  reading(makeLimit('cost', 1), 5n),
];

test('OpenAI clients read of each kind the limit that is nearest to its end', () => {
  expect(limitHeaders(readings, START, 'openai')).toEqual({
    'x-ratelimit-limit-requests': '10',
    'x-ratelimit-remaining-requests': '3',
    'x-ratelimit-reset-requests': '6m0s',
    'x-ratelimit-limit-tokens': '50',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '1s',
  });
});

test('Anthropic clients read times, Gemini clients nothing', () => {
  expect(limitHeaders(readings.slice(0, 2), START, 'anthropic')).toEqual({
    'anthropic-ratelimit-requests-limit': '10',
    'anthropic-ratelimit-requests-remaining': '3',
    'anthropic-ratelimit-requests-reset': '2026-03-10T12:06:00Z',
  });
  expect(limitHeaders(readings, START, 'gemini')).toEqual({});
});

test('of equal remainders the later end counts, and no length of a window breaks a header', () => {
  const day = reading(makeLimit('requests', 5), 5n, 24 * HOUR_MS);
  const near = reading(makeLimit('requests', 5), 5n, 1_001);
  expect(limitHeaders([near, day], START, 'openai')['x-ratelimit-reset-requests']).toBe('24h0m0s');
  expect(limitHeaders([near], START, 'anthropic')['anthropic-ratelimit-requests-reset']).toBe('2026-03-10T12:00:02Z');
  const endless = reading(makeLimit('requests', 5), 5n, 1e15);
  expect(limitHeaders([endless], START, 'anthropic')['anthropic-ratelimit-requests-reset']).toBe(
    '9999-12-31T23:59:59Z',
  );
});

test('without limits there are no headers', () => {
  expect(limitHeaders([], START, 'openai')).toEqual({});
});

test('a refusal carries its pause and its limits, or that asking again is pointless', () => {
  const counters = new MemoryCounters({ now: () => START });
  const [requests, cost] = [makeLimit('requests', 1), makeLimit('cost', 0)];
  const headers = (limit: Limit, form: 'openai' | 'gemini') => {
    const admission = counters.reserve({ claims: [{ limit, mode: 'take' }] });
    const refusal = refusalOf(admission);
    return refusal && refusalHeaders(refusal, admission, form);
  };
  expect(headers(requests, 'openai')).toBeUndefined();
  expect(headers(requests, 'openai')).toEqual({
    'retry-after': '3600',
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1h0m0s',
  });
  expect(headers(requests, 'gemini')).toEqual({ 'retry-after': '3600' });
  expect(headers(cost, 'openai')).toEqual({ 'x-should-retry': 'false' });
});
