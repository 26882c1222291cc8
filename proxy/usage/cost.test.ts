import fc from 'fast-check';
import { expect, test } from 'vitest';

import { usdText } from '../core/money.ts';
import type { PriceEntry } from '../core/price.ts';
import { costOf } from './cost.ts';
import { compilePrice } from './price.ts';
import { possibleUsage, type BilledUsage } from './usage.ts';

function usdOf(usage: BilledUsage, entry: PriceEntry, batch = false): string | null {
  const { amount } = costOf(usage, compilePrice(entry), { batch });
  return amount === null ? null : usdText(amount);
}

const MINI = { input: 0.15, output: 0.6 };
const TIERED = {
  input: 1,
  output: 2,
  cachedInput: 0.5,
  tiers: [
    { above: 200_000, input: 2, output: 3, cachedInput: 1 },
    { above: 500_000, input: 4 },
  ],
};

test.each<[string, BilledUsage, PriceEntry, string]>([
  ['tokens', { input: 1000, output: 500 }, MINI, '0.00045'],
  ['tokens of another model', { input: 1000, output: 500 }, { input: 2.5, output: 10 }, '0.0075'],
  ['nothing', { input: 0, output: 0 }, MINI, '0'],
  ['cached tokens', { input: 1000, cachedInput: 400 }, { ...MINI, cachedInput: 0.075 }, '0.00012'],
  ['cached tokens at the price of the input', { input: 1000, cachedInput: 400 }, MINI, '0.00015'],
  ['cached tokens that are free', { input: 1000, cachedInput: 400 }, { ...MINI, cachedInput: 0 }, '0.00009'],
  ['written tokens', { input: 1000, cacheWrite: 100 }, { ...MINI, cacheWrite: 1.5 }, '0.000285'],
  ['written tokens at the price of the input', { input: 1000, cacheWrite: 100 }, MINI, '0.00015'],
  ['reasoning as a part of the output', { input: 0, output: 500, reasoning: 400 }, MINI, '0.0003'],
  ['reasoning at its own price', { output: 500, reasoning: 400 }, { ...MINI, reasoning: 1 }, '0.00046'],
  ['audio as a part of the input', { input: 1000, audioInput: 100 }, { ...MINI, audioInput: 10 }, '0.001135'],
  ['audio of the output', { output: 1000, audioOutput: 100 }, { ...MINI, audioOutput: 20 }, '0.00254'],
  ['audio at the price of the text', { input: 1000, audioInput: 100 }, MINI, '0.00015'],
  [
    'cached audio once, as cached tokens',
    { input: 100, cachedInput: 100, audioInput: 100 },
    { ...MINI, cachedInput: 0, audioInput: 10 },
    '0',
  ],
  ['images', { images: 3 }, { image: 0.04 }, '0.12'],
  ['images beside the tokens of their prompt', { images: 1, input: 20, output: 0 }, { image: 0.04 }, '0.04'],
  ['images as tokens', { images: 1, input: 20, output: 1000 }, { input: 5, output: 40 }, '0.0401'],
  ['seconds with a fraction', { seconds: 12.5 }, { second: 0.0001 }, '0.00125'],
  ['seconds as tokens', { seconds: 12.5, input: 100, output: 10 }, { input: 6, output: 10 }, '0.0007'],
  ['a request', { input: 10, output: 10 }, { request: 0.01 }, '0.01'],
  ['a request beside its tokens', { input: 1000 }, { ...MINI, request: 0.005 }, '0.00515'],
  ['the base up to the first tier', { input: 200_000, output: 1 }, TIERED, '0.200002'],
  ['the whole request at the first tier', { input: 200_001, output: 1 }, TIERED, '0.400005'],
  ['cached tokens of a tier', { input: 300_000, cachedInput: 300_000 }, TIERED, '0.3'],
  ['the highest tier, with what it leaves out', { input: 600_000, output: 100 }, TIERED, '2.4002'],
  ['a tier by the input, cached tokens included', { input: 250_000, cachedInput: 250_000 }, TIERED, '0.25'],
  ['a tier by the input, not by the sum', { input: 100_000, output: 150_000 }, TIERED, '0.4'],
  [
    'a tier without a cached price, and none anywhere',
    { input: 300_000, cachedInput: 300_000 },
    { input: 1, tiers: [{ above: 0, input: 2 }] },
    '0.6',
  ],
  ['terms rounded together', { input: 1, output: 1 }, { input: 0.0004, output: 0.0001 }, '0.000000001'],
  ['half a nano-dollar up', { input: 1 }, { input: 0.0005 }, '0.000000001'],
  ['less than half down', { input: 1 }, { input: 0.000_499_9 }, '0'],
])('%s', (_what, usage, entry, expected) => {
  expect(usdOf(usage, entry)).toBe(expected);
});

test.each<[string, BilledUsage, PriceEntry]>([
  ['output without a price', { input: 10, output: 10 }, { input: 1 }],
  ['input without a price', { input: 10, output: 10 }, { output: 1 }],
  ['images without a price', { images: 1 }, MINI],
  ['images without a price beside no token', { images: 1, input: 0, output: 0 }, MINI],
  ['seconds without a price', { seconds: 3 }, MINI],
  ['tokens where only images have a price, and there are none', { input: 10, output: 1 }, { image: 1 }],
])('%s: the cost is unknown, not 0', (_what, usage, entry) => {
  expect(costOf(usage, compilePrice(entry))).toEqual({ amount: null, reason: 'unpriced_unit', clamped: [] });
});

test('without a price or usage the cost is unknown', () => {
  expect(costOf({ input: 1 }, undefined)).toMatchObject({ amount: null, reason: 'no_price' });
  expect(costOf(undefined, compilePrice(MINI))).toMatchObject({ amount: null, reason: 'no_usage' });
});

test('an entry that prices nothing is no price, one of 0 is', () => {
  expect(compilePrice({})).toBeUndefined();
  expect(compilePrice({ batch: 0.5, cachedInput: 0 })).toBeUndefined();
  expect(usdOf({ input: 1_000_000, output: 5 }, { input: 0, output: 0 })).toBe('0');
});

test('a batch costs half, or what the entry says', () => {
  expect(usdOf({ input: 1000, output: 500 }, MINI, true)).toBe('0.000225');
  expect(usdOf({ input: 1000, output: 500 }, { ...MINI, batch: 0.25 }, true)).toBe('0.000112500'.replace(/0+$/, ''));
});

test.each<[string, BilledUsage, BilledUsage, string[]]>([
  ['negative', { input: -5, output: 3 }, { input: 0, output: 3 }, ['input']],
  ['more cached than input', { input: 10, cachedInput: 30 }, { input: 10, cachedInput: 10 }, ['cachedInput']],
  [
    'cached and written beyond the input',
    { input: 10, cachedInput: 8, cacheWrite: 8 },
    { input: 10, cachedInput: 8, cacheWrite: 2 },
    ['cacheWrite'],
  ],
  ['cached without input', { cachedInput: 30 }, { cachedInput: 0 }, ['cachedInput']],
  ['more reasoning than output', { output: 1, reasoning: 2 }, { output: 1, reasoning: 1 }, ['reasoning']],
  ['fractions of tokens', { input: 1.5 }, { input: 1 }, ['input']],
  ['no number', { input: Number.NaN }, { input: 0 }, ['input']],
  ['without end', { input: Infinity }, { input: 1_000_000_000 }, ['input']],
  ['possible', { input: 10, cachedInput: 10, seconds: 0.5 }, { input: 10, cachedInput: 10, seconds: 0.5 }, []],
])('usage that is %s is made possible', (_what, reported, expected, clamped) => {
  expect(possibleUsage(reported)).toEqual({ ...expected, clamped });
});

test('impossible usage is said', () => {
  expect(costOf({ input: 10, cachedInput: 30, output: -1 }, compilePrice(MINI)).clamped).toEqual([
    'output',
    'cachedInput',
  ]);
});

const tokens = fc.nat({ max: 2_000_000 });
const usages = fc.record(
  {
    input: tokens,
    cachedInput: tokens,
    cacheWrite: tokens,
    audioInput: tokens,
    output: tokens,
    reasoning: tokens,
    audioOutput: tokens,
  },
  { requiredKeys: ['input', 'output'] },
);
const rate = fc.nat({ max: 100_000 }).map((milli) => milli / 1_000);
const entries = fc.record(
  { input: rate, output: rate, cachedInput: rate, cacheWrite: rate, reasoning: rate, audioInput: rate, request: rate },
  { requiredKeys: ['input', 'output'] },
);

test('a cost is never negative and never goes down with more input or output', () => {
  fc.assert(
    fc.property(usages, entries, tokens, tokens, (usage, entry, moreInput, moreOutput) => {
      const price = compilePrice(entry);
      const cost = costOf(usage, price).amount;
      const more = costOf(
        { ...usage, input: usage.input + moreInput, output: usage.output + moreOutput },
        price,
      ).amount;
      expect(cost! >= 0n && more! >= cost!).toBe(true);
    }),
  );
});

test('a cost is exact: the same as one counted in whole numbers', () => {
  fc.assert(
    fc.property(tokens, tokens, fc.nat({ max: 1_000_000 }), fc.nat({ max: 1_000_000 }), (input, output, a, b) => {
      // Prices in thousandths of a dollar per million tokens: one token costs that many nano-dollars.
      const { amount } = costOf({ input, output }, compilePrice({ input: a / 1_000, output: b / 1_000 }));
      expect(amount).toBe(BigInt(input) * BigInt(a) + BigInt(output) * BigInt(b));
    }),
  );
});
