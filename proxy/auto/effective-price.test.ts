import { expect, test } from 'vitest';

import { effectivePrice, ratesAt } from './effective-price.ts';

const RATES = { input: 2.5, output: 10, cachedInput: 0.25 };
const LONG = { provider: 'openai', promptTokens: 2_048, cacheAware: true, cachedShare: undefined };

test.each([
  [0.9, 5.2375],
  [1, 5.125],
  [0.5, 5.6875],
  [0, 6.25],
  [undefined, 5.6875],
  [7, 5.125],
])('2.5 and 10 with a share of %s cached cost %d', (cachedShare, price) => {
  expect(effectivePrice(RATES, { ...LONG, cachedShare })).toBe(price);
  // A tenth is what cached input costs where the entry does not say.
  expect(effectivePrice({ ...RATES, cachedInput: undefined }, { ...LONG, cachedShare })).toBe(price);
});

test.each([
  ['openai', 1_023, 6.25],
  ['openai', 1_024, 5.6875],
  ['gemini', 1_024, 5.6875],
  ['anthropic', 2_047, 6.25],
  ['anthropic', 2_048, 5.6875],
  ['deepseek', 100_000, 6.25],
])('%s caches a prompt of %i tokens: %d', (provider, promptTokens, price) => {
  expect(effectivePrice(RATES, { ...LONG, provider, promptTokens })).toBe(price);
  expect(effectivePrice(RATES, { ...LONG, provider, promptTokens, cacheAware: false })).toBe(6.25);
});

test('free input stays free', () => {
  expect(effectivePrice({ input: 0, output: 1, cachedInput: undefined }, LONG)).toBe(0.5);
});

test('a tier of the price counts from the input that exceeds it', () => {
  const entry = {
    input: 1,
    output: 2,
    cachedInput: 0.1,
    tiers: [
      { above: 100, input: 3 },
      { above: 200, output: 9 },
    ],
  };
  expect(ratesAt(entry, 100)).toEqual({ input: 1, output: 2, cachedInput: 0.1 });
  expect(ratesAt(entry, 101)).toEqual({ input: 3, output: 2, cachedInput: 0.1 });
  expect(ratesAt(entry, 201)).toEqual({ input: 1, output: 9, cachedInput: 0.1 });
  expect(ratesAt({ input: 1 }, 1)).toBeUndefined();
  expect(ratesAt(undefined, 1)).toBeUndefined();
});
