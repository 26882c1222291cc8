import { expect, test } from 'vitest';
import { DistinctTimes } from './distinct-times.ts';

test('no two times are equal, and they keep to the clock', () => {
  let now = 1_000;
  const times = new DistinctTimes({ now: () => now });
  expect([times.next(), times.next(), times.next()]).toEqual([1_000, 1_001, 1_002]);
  now = 1_001;
  expect(times.next()).toBe(1_003);
  now = 5_000;
  expect(times.next()).toBe(5_000);
});

test('a clock that was set back is followed, a small step back is not', () => {
  let now = 10_000;
  const times = new DistinctTimes({ now: () => now });
  expect(times.next()).toBe(10_000);
  now = 9_500;
  expect(times.next()).toBe(10_001);
  now = 2_000;
  expect(times.next()).toBe(2_000);
});
