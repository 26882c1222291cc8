import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { PriceEntry } from '../core/price.ts';
import { bookAttempts, bookSaved, savedByRouting, type BilledAttempt } from './booking.ts';
import { compilePrice } from './price.ts';
import type { FoundPrice } from './price-table.ts';

function found(entry: PriceEntry, source: FoundPrice['source'] = 'bundled'): FoundPrice {
  return { source, entry, price: compilePrice(entry)!, stale: false };
}

const MINI = found({ input: 0.15, output: 0.6 });

function attempt(changes: Partial<BilledAttempt> = {}): BilledAttempt {
  return {
    model: 'gpt-4o-mini',
    provider: 'openai',
    endpoint: 'm/a',
    credential: 'system',
    error: null,
    usage: { input: 1000, cachedInput: 100, output: 500 },
    price: MINI,
    ...changes,
  };
}

test('one attempt is the request', () => {
  expect(bookAttempts([attempt()])).toEqual({
    inputTokens: 1000,
    cachedTokens: 100,
    outputTokens: 500,
    cost: 450_000n,
    charge: 450_000n,
    priceSource: 'bundled',
    usageSource: 'reported',
    cached: false,
    savedByCache: null,
    clamped: [],
    attempts: [
      {
        model: 'gpt-4o-mini',
        provider: 'openai',
        endpoint: 'm/a',
        credential: 'system',
        input: 1000,
        cached: 100,
        output: 500,
        cost: 450_000n,
        error: null,
      },
    ],
  });
});

test('a failed attempt costs what it reported, else nothing', () => {
  const failed = attempt({ error: 'server_error', usage: undefined, price: undefined });
  expect(bookAttempts([failed, attempt()])).toMatchObject({ cost: 450_000n, inputTokens: 1000 });
  expect(bookAttempts([attempt({ error: 'cut' }), attempt()])).toMatchObject({ cost: 900_000n, outputTokens: 1000 });
  expect(bookAttempts([failed])).toMatchObject({ cost: 0n, usageSource: 'none', priceSource: 'none' });
});

test('an answer without usage, or without a price, costs an unknown amount', () => {
  expect(bookAttempts([attempt({ usage: undefined })])).toMatchObject({ cost: null, charge: 0n, unknown: 'no_usage' });
  const unpriced = bookAttempts([attempt(), attempt({ price: undefined })]);
  expect(unpriced).toMatchObject({ cost: null, charge: 450_000n, unknown: 'no_price', priceSource: 'none' });
  expect(unpriced.attempts.map(({ cost }) => cost)).toEqual([450_000n, null]);
});

test('what nothing is billed for costs nothing, whatever is known of usage and price', () => {
  const calls = [attempt({ free: true }), attempt({ free: true, usage: undefined, price: undefined })];
  const booking = bookAttempts(calls);
  expect(booking).toMatchObject({ cost: 0n, charge: 0n, attempts: [{ cost: 0n }, { cost: 0n }] });
  expect(booking.unknown).toBeUndefined();
});

test('an estimate makes the usage of the request one', () => {
  expect(bookAttempts([attempt(), attempt({ estimated: true })]).usageSource).toBe('estimated');
});

test('impossible usage is booked as the possible, and said', () => {
  const booking = bookAttempts([attempt({ usage: { input: 10, cachedInput: 30, output: -2 } })]);
  expect(booking).toMatchObject({ inputTokens: 10, cachedTokens: 10, outputTokens: 0, cost: 1_500n });
  expect(booking.clamped).toEqual(['output', 'cachedInput']);
});

test('a hit costs nothing, and has saved what the answer had cost', () => {
  expect(bookSaved({ usage: { input: 1000, output: 500 }, price: MINI })).toMatchObject({
    cost: 0n,
    charge: 0n,
    savedByCache: 450_000n,
    cached: true,
    inputTokens: 0,
    attempts: [],
    priceSource: 'bundled',
  });
  expect(bookSaved({ usage: { input: 1 }, price: undefined })).toMatchObject({ cost: 0n, savedByCache: null });
});

test.each([
  [7_500_000n, 280_000n, 7_220_000n],
  [1n, 2n, 0n],
  [null, 2n, null],
  [1n, null, null],
])('of %s at the reference and %s in fact %s are saved', (reference, cost, saved) => {
  expect(savedByRouting(reference, cost)).toBe(saved);
});

test('attempts add up to the request, which is rounded once', () => {
  const sliver = found({ input: 0.0004 });
  const half = bookAttempts([1, 2, 3].map(() => attempt({ usage: { input: 1 }, price: sliver })));
  expect([half.cost, half.attempts.map(({ cost }) => cost)]).toEqual([1n, [0n, 1n, 0n]]);
  const usage = fc.record({ input: fc.nat({ max: 1_000 }), output: fc.nat({ max: 1_000 }) });
  const price = fc
    .record({ input: fc.nat({ max: 10_000 }), output: fc.nat({ max: 10_000 }) })
    .map(({ input, output }) => found({ input: input / 1e7, output: output / 1e7 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(usage, price), { maxLength: 6 }), (calls) => {
      const booking = bookAttempts(calls.map(([usage, price]) => attempt({ usage, price })));
      const sum = booking.attempts.reduce((total, { cost }) => total + cost!, 0n);
      expect([sum, booking.charge]).toEqual([booking.cost, booking.cost]);
      // Units of 10⁻⁴ nano-dollars: prices are whole in them.
      const exact = calls.reduce(
        (total, [{ input, output }, { entry }]) =>
          total +
          BigInt(input) * BigInt(Math.round(entry.input! * 1e7)) +
          BigInt(output) * BigInt(Math.round(entry.output! * 1e7)),
        0n,
      );
      expect(booking.cost).toBe((exact + 5_000n) / 10_000n);
    }),
  );
});

test('an attempt that another one outran is marked, and its cost is part of the sum', () => {
  const lost = attempt({ endpoint: 'm/b', usage: { input: 1000, output: 0 }, estimated: true, hedge: true });
  const booking = bookAttempts([lost, attempt()]);
  expect(booking).toMatchObject({ cost: 600_000n, inputTokens: 2000, usageSource: 'estimated' });
  expect(booking.attempts.map(({ endpoint, hedge, cost }) => [endpoint, hedge, cost])).toEqual([
    ['m/b', true, 150_000n],
    ['m/a', undefined, 450_000n],
  ]);
});
