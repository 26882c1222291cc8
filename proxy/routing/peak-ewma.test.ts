import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { PeakEwma } from './peak-ewma.ts';

function setUp() {
  const clock = new ManualClock();
  return { clock, average: new PeakEwma(clock) };
}

test('knows nothing before the first observation and takes that one as it is', () => {
  const { average } = setUp();
  expect(average.value()).toBeUndefined();
  average.observe(0);
  expect(average.value()).toBe(0);
  average.observe(250);
  expect(average.value()).toBe(250);
});

test('follows a rise at once and a fall slowly', () => {
  const { clock, average } = setUp();
  average.observe(100);
  average.observe(1000);
  expect(average.value()).toBe(1000);
  clock.advance(3_000);
  average.observe(100);
  expect(average.value()).toBeCloseTo(914.4, 1);
});

test('fades while nothing is measured, so that a slow endpoint is tried again', () => {
  const { clock, average } = setUp();
  average.observe(1000);
  clock.advance(30_000);
  expect(average.value()).toBeCloseTo(367.9, 1);
});

test('a lower bound counts only where more was not expected', () => {
  const { average } = setUp();
  average.atLeast(200);
  expect(average.value()).toBe(200);
  average.atLeast(100);
  expect(average.value()).toBe(200);
  average.atLeast(900);
  expect(average.value()).toBe(900);
});
