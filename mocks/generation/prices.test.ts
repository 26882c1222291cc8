import { expect, test } from 'vitest';
import { costOf, priceOf } from './prices.ts';

test('a snapshot costs what its alias costs, and a mini model not what its large sister does', () => {
  expect(priceOf('gpt-4o-mini-2024-07-18')).toEqual(priceOf('gpt-4o-mini'));
  expect(priceOf('gpt-4o-mini').input).toBeLessThan(priceOf('gpt-4o').input);
});

test('prompt and answer are paid at prices of their own, for a million tokens', () => {
  expect(costOf('gpt-4o', { input: 1_000_000, output: 0 })).toBe(2.5);
  expect(costOf('gpt-4o', { input: 0, output: 100_000 })).toBe(1);
});

test('an unknown model costs something', () => {
  expect(costOf('my-model', { input: 1000, output: 1000 })).toBeGreaterThan(0);
});
