import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

function clockWithLog(): { clock: VirtualClock; log: string[]; note: (name: string) => () => void } {
  const clock = new VirtualClock(1000);
  const log: string[] = [];
  return { clock, log, note: (name) => () => void log.push(`${name}@${clock.now()}`) };
}

test('time stands still until it is moved', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(0, note('now'));
  expect([clock.now(), clock.waiting, log.length]).toEqual([1000, 1, 0]);
});

test('what is due on the way happens in order, each thing at its own time', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(30, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(31, note('later'));
  expect(clock.advance(30)).toBe(3);
  expect(log).toEqual(['a@1010', 'b@1010', 'c@1030']);
  expect([clock.now(), clock.waiting, clock.nextMs]).toEqual([1030, 1, 1]);
});

test('a timer that is started on the way is due on the same way', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(10, () => void clock.after(10, note('second')));
  clock.advance(25);
  expect(log).toEqual(['second@1020']);
});

test('a timer that was called off never happens', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(10, note('a'))();
  expect([clock.advance(20), log]).toEqual([0, []]);
});

test('runAll moves on until nothing waits', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(10, () => void clock.after(3_600_000, note('an hour later')));
  expect(clock.runAll()).toBe(2);
  expect(log).toEqual(['an hour later@3601010']);
});

test('timers that start one another without end are an error', () => {
  const { clock } = clockWithLog();
  const again = (): void => void clock.after(1, again);
  again();
  expect(() => clock.runAll()).toThrow('each starts the next without end');
});

test('a jump forwards is an advance, a jump backwards leaves the time that is still to wait', () => {
  const { clock, log, note } = clockWithLog();
  clock.after(50, note('a'));
  clock.after(500, note('b'));
  expect(clock.set(1100)).toBe(1);
  expect(clock.set(0)).toBe(0);
  expect([clock.now(), clock.nextMs]).toEqual([0, 400]);
  clock.advance(400);
  expect(log).toEqual(['a@1050', 'b@400']);
});

test('a test that waits for timers is told when enough of them wait', async () => {
  const { clock, log, note } = clockWithLog();
  const both = clock.whenWaiting(2).then(note('told'));
  clock.after(5, note('a'));
  await Promise.resolve();
  expect(log).toEqual([]);
  clock.after(5, note('b'));
  await both;
  expect(log).toEqual(['told@1000']);
  await clock.whenWaiting(2);
});
