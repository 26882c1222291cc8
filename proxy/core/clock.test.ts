import { expect, test } from 'vitest';
import { ManualClock, systemClock } from './clock.ts';

test('timers of a manual clock run at their time, in its order, and may set further ones', () => {
  const clock = new ManualClock(1_000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name} ${clock.monotonic()} ${clock.now()}`);
  clock.after(20, note('later'));
  clock.after(10, () => {
    note('first')();
    clock.after(5, note('nested'));
    clock.after(500, note('never'));
  });
  clock.advance(9);
  expect(ran).toEqual([]);
  clock.advance(11);
  expect(ran).toEqual(['first 10 1010', 'nested 15 1015', 'later 20 1020']);
  expect([clock.monotonic(), clock.now(), clock.timers]).toEqual([20, 1_020, 1]);
});

test('a timer that is cancelled does not run', () => {
  const clock = new ManualClock();
  let ran = 0;
  const cancel = clock.after(1, () => (ran += 1));
  cancel();
  clock.advance(10);
  expect([ran, clock.timers]).toEqual([0, 0]);
});

test('the system clock wakes once, and not when it is cancelled', async () => {
  let cancelled = 0;
  systemClock.after(1, () => (cancelled += 1))();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  expect(cancelled).toBe(0);
});
