import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  centsText,
  decimalOf,
  jsonNumber,
  parseCents,
  parseDecimal,
  parseUsd,
  plus,
  times,
  toNano,
  usdText,
} from './money.ts';

test.each([
  ['0.15', 15n, 2],
  ['1e-7', 1n, 7],
  ['2.5e3', 2500n, 0],
  ['-0.25', -25n, 2],
  ['100000000000', 100_000_000_000n, 0],
])('%s is an exact decimal', (text, units, scale) => {
  expect(parseDecimal(text)).toEqual({ units, scale });
});

test.each(['', 'NaN', 'Infinity', '1.', '.5', '0x10', '1,5', '1e9999'])('%j is no decimal', (text) => {
  expect(parseDecimal(text)).toBeUndefined();
});

test('a double means the decimal that is written for it', () => {
  expect(decimalOf(0.1)).toEqual({ units: 1n, scale: 1 });
  expect(decimalOf(5e-324).units).toBe(5n);
  expect(() => decimalOf(Number.NaN)).toThrow(RangeError);
});

test('0.1 and 0.2 are 0.3', () => {
  expect(plus(decimalOf(0.1), decimalOf(0.2))).toEqual({ units: 3n, scale: 1 });
  expect(times(decimalOf(0.1), decimalOf(0.2))).toEqual({ units: 2n, scale: 2 });
});

test.each([
  ['0.0000000005', 1n],
  ['0.00000000049999', 0n],
  ['0.0000000015', 2n],
  ['0.0000000025', 3n],
  ['-0.0000000005', -1n],
  ['1', 1_000_000_000n],
])('%s USD are rounded half up to %s nano-dollars', (text, nano) => {
  expect(toNano(parseDecimal(text)!)).toBe(nano);
});

test.each([
  [450_000n, '0.00045', '0.045'],
  [0n, '0', '0'],
  [1n, '0.000000001', '0.0000001'],
  [12_000_000_000n, '12', '1200'],
  [-1_500_000_000n, '-1.5', '-150'],
  [92_233_720_368_547_758_070_000_000n, '92233720368547758.07', '9223372036854775807'],
])('%s nano-dollars are %s USD and %s cents', (nano, usd, cents) => {
  expect([usdText(nano), centsText(nano)]).toEqual([usd, cents]);
  expect([parseUsd(usd), parseCents(cents)]).toEqual([nano, nano]);
});

test('an amount finer than a nano-dollar is no amount', () => {
  expect([parseUsd('0.0000000001'), parseCents('0.00000001'), parseUsd('x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([parseUsd('0.1000000000'), parseCents('1.50000000000')]).toEqual([100_000_000n, 15_000_000n]);
});

test('JSON keeps every digit of an amount', () => {
  const text = JSON.stringify({ cost_usd: jsonNumber(usdText(123_456_789_012_345_678_901n)) });
  expect(text).toBe('{"cost_usd":123456789012.345678901}');
});

test('texts and amounts are the same, whatever the amount', () => {
  const amounts = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n });
  fc.assert(
    fc.property(amounts, (nano) => {
      expect([parseUsd(usdText(nano)), parseCents(centsText(nano))]).toEqual([nano, nano]);
    }),
  );
});

test('rounding is within half a nano-dollar and never goes down when the amount goes up', () => {
  const decimals = fc.record({ units: fc.bigInt({ min: 0n, max: 10n ** 20n }), scale: fc.nat({ max: 20 }) });
  fc.assert(
    fc.property(decimals, decimals, (a, more) => {
      const sum = plus(a, more);
      expect(toNano(sum)).toBeGreaterThanOrEqual(toNano(a));
      const exact = a.units * 10n ** BigInt(20 - a.scale);
      const error = toNano(a) * 10n ** 11n - exact;
      expect(error <= 50_000_000_000n && error > -50_000_000_000n).toBe(true);
    }),
  );
});
