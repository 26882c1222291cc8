import { expect, test } from 'vitest';
import { budgetRefusal, refusalOf, secondsUntil } from './gates.ts';
import { HOUR_MS, makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';
import type { Admission, Limit, SlotLimit } from './types.ts';

const tokens = makeLimit('tokens', 1_000);
const requests = makeLimit('requests', 1);
const cost = makeLimit('cost', 500);

/** What is said once each of the limits has this usage, `later` ms into their window. */
function admission(
  usage: readonly (readonly [Limit, bigint])[],
  later = 0,
  slots: readonly SlotLimit[] = [],
): Admission {
  let now = START;
  const counters = new MemoryCounters({ now: () => now });
  counters.charge(usage.map(([limit, amount]) => ({ limit, amount })));
  now += later;
  if (slots.length > 0) counters.reserve({ claims: [], slots: slots.map((slot) => ({ ...slot, max: 99 })) });
  const claims = usage.map(([limit]) => ({
    limit,
    mode: limit.unit === 'requests' ? ('take' as const) : ('check' as const),
  }));
  return counters.reserve({ claims, slots });
}

test('what is granted is not refused', () => {
  expect(
    refusalOf(
      admission([
        [tokens, 999n],
        [requests, 0n],
        [cost, 4_999_999_999n],
      ]),
    ),
  ).toBeUndefined();
});

test.each([
  [
    [[tokens, 1_200n]],
    'token_limited',
    'The token limit of the key is reached: 1200 of 1000 tokens used in the window of 1h, which ends in 3600 seconds.',
  ],
  [
    [[requests, 1n]],
    'request_limited',
    'The request limit of the key is reached: 1 of 1 request used in the window of 1h, which ends in 3600 seconds.',
  ],
] as const)('a rate limit refuses with 429: %#', (usage, code, message) => {
  expect(refusalOf(admission(usage))).toEqual({ status: 429, code, level: 'key', message, retryAfterSeconds: 3_600 });
});

test('both rate limits of a level have a code of their own, and the pause is the longer one', () => {
  const short = { ...requests, window: { kind: 'fixed', ms: 60_000 } as const, windowText: '1m' };
  const refusal = refusalOf(
    admission([
      [short, 1n],
      [tokens, 1_000n],
    ]),
  );
  expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3_600 });
  expect(refusal?.message).toMatch(/^The request limit.* The token limit.*\.$/);
});

test('the pause is whole seconds until the window really opens', () => {
  const after = (later: number) => refusalOf(admission([[requests, 1n]], later))?.retryAfterSeconds;
  expect([0, 1, 999, 1_000, 1_001, HOUR_MS - 1].map(after)).toEqual([3_600, 3_600, 3_600, 3_599, 3_599, 1]);
  expect(after(HOUR_MS)).toBeUndefined();
  expect(secondsUntil(START, START + 5)).toBe(1);
});

test('a budget refuses with 402, its level and its amounts', () => {
  const team = { ...cost, level: 'team' as const, windowText: '30d' };
  const exhausted = admission([[team, 5_003_000_001n]]);
  expect(refusalOf(exhausted)).toEqual({
    status: 402,
    code: 'budget_exceeded',
    level: 'team',
    message: 'BUDGET EXCEEDED: the budget of the team is exceeded: 500.3000001 of 500 cents used in the window of 30d.',
    retryAfterSeconds: undefined,
  });
  expect(refusalOf(exhausted, 'usd')?.message).toContain('5.003000001 of 5 USD');
  expect(refusalOf(admission([[{ ...team, max: 0n }, 0n]]))?.message).toContain('0 of 0 cents');
});

test('rate limits come before concurrency, concurrency before budgets, a level before the next', () => {
  const slot: SlotLimit = { id: 'key/k', level: 'key', max: 1 };
  const [user, team] = [
    makeLimit('cost', 1, { id: 'u', level: 'user' }),
    makeLimit('cost', 1, { id: 't', level: 'team' }),
  ];
  const spent = [
    [user, 10_000_000n],
    [team, 10_000_000n],
  ] as const;
  expect(refusalOf(admission([...spent, [requests, 1n]], 0, [slot]))?.code).toBe('request_limited');
  expect(refusalOf(admission(spent, 0, [slot]))).toMatchObject({
    status: 429,
    code: 'concurrency_limited',
    message: 'The key may run 1 request at a time; running now: 1.',
    retryAfterSeconds: 1,
  });
  expect(refusalOf(admission(spent))?.level).toBe('user');
});

test('the sentence names the model or provider of its limit', () => {
  const named = { ...requests, scope: { kind: 'model', name: 'gpt-4' } as const };
  expect(refusalOf(admission([[named, 1n]]))?.message).toContain('of the key for the model gpt-4 is reached');
});

test('budgets that are only watched refuse nothing, and can be asked for', () => {
  const counters = new MemoryCounters({ now: () => START });
  counters.charge([{ limit: cost, amount: 5_000_000_000n }]);
  const watched = counters.reserve({ claims: [{ limit: cost, mode: 'watch' }] });
  expect(refusalOf(watched)).toBeUndefined();
  expect(budgetRefusal(watched.readings, 'cents')?.code).toBe('budget_exceeded');
});
