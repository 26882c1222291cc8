import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Hedging } from './hedging.ts';

const P95 = { after: 'p95', atLeastMs: 100, percent: 5 } as const;

function setUp(settings: ConstructorParameters<typeof Hedging>[0] = P95) {
  const clock = new ManualClock();
  return { clock, hedging: new Hedging(settings, clock) };
}

/** How many of so many generations may have a second attempt, all of which want one. */
function made(hedging: Hedging, generations: number): number {
  let count = 0;
  for (let index = 0; index < generations; index += 1) {
    hedging.began();
    if (!hedging.allows) continue;
    hedging.spend();
    count += 1;
  }
  return count;
}

test('p95 is known once 20 answers were seen, and is that of the latest minutes', () => {
  const { clock, hedging } = setUp();
  for (let ms = 110; ms < 300; ms += 10) hedging.observed('chat', ms);
  expect(hedging.afterMs('chat')).toBeUndefined();
  hedging.observed('chat', 5_000);
  const p95 = hedging.afterMs('chat') ?? 0;
  expect(p95).toBeGreaterThanOrEqual(290);
  expect(p95).toBeLessThan(310);
  expect(hedging.afterMs('other')).toBeUndefined();
  clock.advance(30 * 60_000);
  expect(hedging.afterMs('chat')).toBeUndefined();
});

test('p95 counts for no less than the setting says', () => {
  const { hedging } = setUp();
  for (let index = 0; index < 20; index += 1) hedging.observed('chat', 3);
  expect(hedging.afterMs('chat')).toBe(100);
});

test('a fixed time needs no answers', () => {
  const { hedging } = setUp({ ...P95, after: 40 });
  expect(hedging.afterMs('chat')).toBe(40);
});

test('one generation and the percentage of all may have a second attempt', () => {
  expect(made(setUp().hedging, 1_000)).toBe(51);
  expect(made(setUp({ ...P95, percent: 100 }).hedging, 1_000)).toBe(1_000);
});

test('ten second attempts are saved up, and a new configuration counts from then on', () => {
  const { hedging } = setUp();
  for (let index = 0; index < 1_000; index += 1) hedging.began();
  let burst = 0;
  for (; hedging.allows; burst += 1) hedging.spend();
  expect(burst).toBe(10);
  hedging.configure({ ...P95, percent: 50 });
  expect(made(hedging, 100)).toBe(50);
});
