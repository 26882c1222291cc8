import { assert, constantFrom, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { parsePeriod } from './period.ts';

test.each([
  ['1ns', 1],
  ['1500us', 2],
  ['250ms', 250],
  ['30s', 30_000],
  ['1m', 60_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['0.1s', 100],
  ['.5s', 500],
  ['1.s', 1_000],
  ['2000µs', 2],
  ['1d', 86_400_000],
  ['1w', 604_800_000],
  ['1M', 2_592_000_000],
  ['1Y', 31_536_000_000],
  ['1M1m', 2_592_060_000],
  ['0s1s', 1_000],
])('%s is a period of %d ms', (text, ms) => {
  expect(parsePeriod(text)).toBe(ms);
});

test.each([
  '',
  '0',
  '0s',
  '0.0h',
  '-1h',
  '1',
  'h',
  '1 h',
  '1H',
  '1D',
  '1y',
  '1mo',
  '1h ',
  '+1h',
  '.h',
  '1..5h',
  '1e3s',
  '٣h',
  '9'.repeat(18) + 'Y',
  '1s'.repeat(60),
])('%j is no period', (text) => {
  expect(parsePeriod(text)).toBeUndefined();
});

test('parts are added and never lose a millisecond', () => {
  const part = tuple(integer({ min: 1, max: 10_000 }), constantFrom('ms', 's', 'm', 'h', 'd', 'w', 'M', 'Y'));
  assert(
    property(part, part, ([a, unit], [b, other]) => {
      const [one, two] = [parsePeriod(`${a}${unit}`) ?? 0, parsePeriod(`${b}${other}`) ?? 0];
      return one > 0 && parsePeriod(`${a}${unit}${b}${other}`) === one + two;
    }),
  );
});
