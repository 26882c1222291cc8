import { expect, test } from 'vitest';
import { centsOf, exactIntegers, limitView, MAX_AMOUNT, usageView } from './amounts.ts';

test.each<[number | bigint, bigint | undefined, bigint | undefined]>([
  [0, 0n, 0n],
  [-0, 0n, 0n],
  [5, 5n, 500n],
  [0.5, undefined, 50n],
  [19.99, undefined, 1_999n],
  [0.1, undefined, 10n],
  [0.001, undefined, undefined],
  [1e-7, undefined, undefined],
  [-1, undefined, undefined],
  [-0.5, undefined, undefined],
  [Number.NaN, undefined, undefined],
  [Infinity, undefined, undefined],
  [MAX_AMOUNT, MAX_AMOUNT, undefined],
  [2 ** 63, MAX_AMOUNT, undefined],
  [MAX_AMOUNT + 2_000n, undefined, undefined],
  [1e19, undefined, undefined],
])('%s is %s as cents and %s as USD', (value, cents, usd) => {
  expect([centsOf(value, 'cents'), centsOf(value, 'usd')]).toEqual([cents, usd]);
});

test.each<[bigint, string, string]>([
  [0n, '0', '0'],
  [1n, '0.0000001', '0.000000001'],
  [450_000n, '0.045', '0.00045'],
  [10_000_000n, '1', '0.01'],
  [1_000_000_000n, '100', '1'],
  [12_345_678_901_234_567_890n, '1234567890123.456789', '12345678901.23456789'],
])('%s nano-USD are shown as %s cents and %s USD', (nano, cents, usd) => {
  const shown = JSON.stringify([usageView(nano, 'cents'), usageView(nano, 'usd')]);
  expect(shown.replace('1e-7', '0.0000001').replace('1e-9', '0.000000001')).toBe(`[${cents},${usd}]`);
});

test('limits are written to the digit', () => {
  expect(JSON.stringify([limitView(MAX_AMOUNT, 'cents'), limitView(MAX_AMOUNT, 'usd'), limitView(1_050n, 'usd')])).toBe(
    '[9223372036854775807,92233720368547758.07,10.5]',
  );
});

test('JSON keeps the digits of large integers', () => {
  const parse = JSON.parse as (text: string, reviver: typeof exactIntegers) => unknown;
  expect(parse('[9223372036854775807,-9007199254740993,1,1.5,1e30,"9223372036854775807"]', exactIntegers)).toEqual([
    9_223_372_036_854_775_807n,
    -9_007_199_254_740_993n,
    1,
    1.5,
    1e30,
    '9223372036854775807',
  ]);
});
