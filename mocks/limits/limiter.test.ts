import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bucket } from './bucket.ts';
import { goDuration } from './duration.ts';
import { retryHeaders, standingHeaders } from './headers.ts';
import { Limiter } from './limiter.ts';
import type { Verdict } from './limiter.ts';
import type { LimitSettings } from './settings.ts';
import { SharedLimiters } from './shared.ts';

const START = 1_000_000;

function limited(settings: LimitSettings) {
  const limiter = new Limiter(settings);
  const ask = (over: { at?: number; tokens?: number; model?: string; key?: string } = {}): Verdict => {
    const { at = 0, tokens = 10, model = 'gpt-4o', key } = over;
    return limiter.admit({ key, model, organization: 'org-mock', tokens: () => tokens, now: START + at });
  };
  return { limiter, ask };
}

test.each([
  [0, '0s'],
  [2, '2ms'],
  [1.2, '2ms'],
  [8640, '8.64s'],
  [20_000, '20s'],
  [73_588, '1m13.588s'],
  [360_000, '6m0s'],
  [1_252_666, '20m52.666s'],
  [3_600_000, '1h0m0s'],
])('%d ms is written %s', (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});

describe('the headers', () => {
  test.each([
    [30_000, '2ms'],
    [10_000, '6ms'],
    [5000, '12ms'],
    [3000, '20ms'],
    [500, '120ms'],
  ])('of %d requests a minute reset in %s after the first', (rpm, reset) => {
    const headers = new Map(standingHeaders(limited({ rpm }).ask().standing));
    expect(headers.get('x-ratelimit-reset-requests')).toBe(reset);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe(String(rpm - 1));
  });

  test('speak of the day where there is a limit a day', () => {
    const headers = new Map(standingHeaders(limited({ rpm: 500, rpd: 10_000 }).ask().standing));
    expect(headers.get('x-ratelimit-limit-requests')).toBe('10000');
    expect(headers.get('x-ratelimit-reset-requests')).toBe('8.64s');
  });

  test('fall with every request and rise as time goes by', () => {
    const { ask } = limited({ rpm: 60, tpm: 6000 });
    const remaining = (at: number): unknown => {
      const { requests, tokens } = ask({ at, tokens: 1000 }).standing;
      return [requests?.remaining, tokens?.remaining];
    };
    expect([remaining(0), remaining(0), remaining(500), remaining(10_000)]).toEqual([
      [59, 5000],
      [58, 4000],
      [57, 3050],
      [59, 3000],
    ]);
  });
});

describe('a refused request', () => {
  test('is told the limit, what is used and when to come again, and may then', () => {
    const { ask } = limited({ rpm: 3 });
    for (let count = 0; count < 3; count += 1) expect(ask().refusal).toBeUndefined();
    const refusal = ask().refusal!;
    expect(refusal).toEqual({
      type: 'requests',
      code: 'rate_limit_exceeded',
      message:
        'Rate limit reached for gpt-4o in organization org-mock on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.',
      limit: 3,
      retryMs: expect.closeTo(20_000, 3),
    });
    expect(retryHeaders(refusal)).toEqual([
      ['retry-after', '20'],
      ['retry-after-ms', '20000'],
    ]);
    expect(ask({ at: 19_990 }).refusal?.retryMs).toBeCloseTo(10, 3);
    expect(ask({ at: 20_000 }).refusal).toBeUndefined();
  });

  test('for tokens says so, and takes no request from the other bucket', () => {
    const { ask } = limited({ rpm: 10, tpm: 30_000 });
    expect(ask({ tokens: 29_937 }).standing.requests?.remaining).toBe(9);
    const { refusal, standing } = ask({ tokens: 385 });
    expect(refusal?.type).toBe('tokens');
    expect(refusal?.message).toContain(
      'on tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again in 644ms.',
    );
    expect(standing.requests?.remaining).toBe(9);
  });

  test('that is larger than the bucket is too large, and waiting does not help', () => {
    const { ask } = limited({ tpm: 30_000 });
    const { refusal } = ask({ tokens: 36_278 });
    expect(refusal?.message).toBe(
      'Request too large for gpt-4o in organization org-mock on tokens per min (TPM): Limit 30000, Requested 36278. The input or output tokens must be reduced in order to run successfully. Visit https://platform.openai.com/account/rate-limits to learn more.',
    );
    expect(retryHeaders(refusal!)).toEqual([]);
  });

  test('of a limit of 0 is refused for ever', () => {
    expect(limited({ rpm: 0 }).ask({ at: 1_000_000 }).refusal?.code).toBe('rate_limit_exceeded');
  });
});

describe('buckets', () => {
  test('are one for each model, and one for a model and its snapshot', () => {
    const { ask } = limited({ rpm: 1 });
    expect(ask({ model: 'gpt-4o' }).refusal).toBeUndefined();
    expect(ask({ model: 'gpt-4o-mini' }).refusal).toBeUndefined();
    expect(ask({ model: 'gpt-4o-2024-08-06' }).refusal).toBeDefined();
  });

  test('of a model with limits of its own keep the others of the organization', () => {
    const { ask } = limited({ rpm: 1, tpm: 100, models: { 'gpt-5': { rpm: 2 } } });
    expect(ask({ model: 'gpt-5' }).standing).toMatchObject({ requests: { limit: 2 }, tokens: { limit: 100 } });
  });

  test('of a listed key are its own', () => {
    const { ask } = limited({ rpm: 1, keys: { 'sk-b': { rpm: 2 } } });
    expect(
      [ask({ key: 'sk-a' }), ask({ key: 'sk-c' }), ask(), ask({ key: 'sk-b' })].map((one) => !one.refusal),
    ).toEqual([true, false, false, true]);
  });

  test('never give more than their capacity and what was refilled', () => {
    const steps = fc.array(fc.record({ ms: fc.nat(5000), amount: fc.integer({ min: 1, max: 50 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (given) => {
        const bucket = new Bucket(100, 1000, 0);
        let now = 0;
        let taken = 0;
        for (const { ms, amount } of given) {
          now += ms;
          if (bucket.waitMs(amount, now) > 0) continue;
          bucket.take(amount, now);
          taken += amount;
        }
        expect(taken).toBeLessThanOrEqual(100 + now / 10 + 1e-3);
      }),
    );
  });

  test('a wait that was told is neither too short nor too long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (used, wanted) => {
        const bucket = new Bucket(100, 60_000, 0);
        bucket.take(used, 0);
        const wait = bucket.waitMs(wanted, 0);
        if (wait > 1) expect(bucket.waitMs(wanted, wait - 1)).toBeGreaterThan(0);
        expect(bucket.waitMs(wanted, Math.max(wait, 1) + 0.001)).toBe(0);
      }),
    );
  });

  test('a clock that was set back refills nothing', () => {
    const bucket = new Bucket(10, 1000, 5000);
    bucket.take(10, 5000);
    expect(bucket.level(0).remaining).toBe(0);
  });
});

describe('a quota', () => {
  test('of tokens runs out, with the body of the provider and no time to come again', () => {
    const { limiter, ask } = limited({ quota: { tokens: 100 } });
    expect(ask().refusal).toBeUndefined();
    limiter.charge(undefined, 'gpt-4o', { input: 60, output: 40 });
    expect(ask().refusal).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
    expect(retryHeaders(ask().refusal!)).toEqual([]);
    expect(ask({ at: 86_400_000 }).refusal?.message).toMatch(
      /^You exceeded your current quota, please check your plan/,
    );
  });

  test('of money runs out at the prices of the model', () => {
    const { limiter, ask } = limited({ quota: { usd: 1 } });
    limiter.charge(undefined, 'gpt-4o', { input: 0, output: 99_999 });
    expect(ask().refusal).toBeUndefined();
    limiter.charge(undefined, 'gpt-4o', { input: 0, output: 1 });
    expect(ask({ model: 'gpt-4o-mini' }).refusal?.code).toBe('insufficient_quota');
  });

  test('of 0 is spent from the beginning', () => {
    expect(limited({ quota: { usd: 0 } }).ask().refusal?.code).toBe('insufficient_quota');
  });
});

test('other limits begin with full buckets, and a reset brings the first ones back', () => {
  const { limiter, ask } = limited({ rpm: 1 });
  ask();
  limiter.set({ rpm: 5 });
  expect(ask().standing.requests).toMatchObject({ limit: 5, remaining: 4 });
  limiter.set(undefined);
  expect([limiter.active, ask().standing]).toEqual([false, {}]);
  limiter.reset();
  expect(ask().standing.requests).toMatchObject({ limit: 1, remaining: 0 });
});

test('servers of one organization with equal limits share a limiter, others do not', () => {
  const shared = new SharedLimiters();
  const one = shared.of('a', { rpm: 1 });
  expect(shared.of('a', { rpm: 1 })).toBe(one);
  expect(shared.of('b', { rpm: 1 })).not.toBe(one);
  expect(shared.of('a', { rpm: 2 })).not.toBe(one);
  expect(shared.of('a', undefined).active).toBe(false);
});
