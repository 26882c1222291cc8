import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ManualClock } from './clock.ts';
import { Histogram, WindowedHistogram } from './histogram.ts';

test('a percentile is at most 4.4 % above the value that a sorted list would give, and never below it', () => {
  const values = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(p * values.length)) - 1]!;
      const ratio = histogram.percentile(p)! / exact;
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(ratio).toBeLessThan(1.0443);
    }),
  );
});

test('values beyond the scale count in its outermost buckets', () => {
  const histogram = new Histogram();
  for (const value of [0, 1e-9, Infinity]) histogram.record(value);
  expect(histogram.count).toBe(3);
  expect(histogram.percentile(0.5)).toBe(0.0625);
  expect(histogram.percentile(1)).toBe(2 ** 24);
});

test('what is no duration is not counted', () => {
  const histogram = new Histogram();
  for (const value of [NaN, -1]) histogram.record(value);
  expect(histogram.count).toBe(0);
  expect(histogram.percentile(0.5)).toBeUndefined();
});

test('adding a histogram is as recording its values', () => {
  const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (const value of [1, 10, 100]) [one, both].forEach((histogram) => histogram.record(value));
  for (const value of [5, 50]) [other, both].forEach((histogram) => histogram.record(value));
  one.add(other);
  expect(one.count).toBe(5);
  expect([0.2, 0.5, 0.9].map((p) => one.percentile(p))).toEqual([0.2, 0.5, 0.9].map((p) => both.percentile(p)));
});

test('a window forgets what is older than itself and keeps what is younger than half of it', () => {
  const clock = new ManualClock();
  const window = new WindowedHistogram(clock, 10_000);
  expect(window.percentiles()).toBeNull();
  window.record(100);
  clock.advance(4_999);
  expect(window.percentiles()?.p50).toBe(103);
  clock.advance(1);
  window.record(1000);
  expect(window.percentiles()).toEqual({ p50: 103, p95: 1020, p99: 1020 });
  clock.advance(5_000);
  expect(window.percentiles()).toEqual({ p50: 1020, p95: 1020, p99: 1020 });
  clock.advance(60_000);
  expect(window.percentiles()).toBeNull();
});

test('one without a value takes no buckets: an endpoint that is never asked costs nothing', () => {
  const before = process.memoryUsage().arrayBuffers;
  const many = Array.from({ length: 2_000 }, () => new Histogram());
  many[0]?.add(new Histogram());
  many[1]?.clear();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});
