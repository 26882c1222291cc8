import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Pauses } from './pauses.ts';

function setUp(maxEntries = 3) {
  const clock = new ManualClock();
  return { clock, pauses: new Pauses({ clock, maxEntries }) };
}

test('a pause ends by itself, or when it is ended', () => {
  const { clock, pauses } = setUp();
  pauses.pause('a', 100);
  pauses.pause('b', 200);
  clock.advance(60);
  expect([pauses.remainingMs('a'), pauses.remainingMs('b'), pauses.remainingMs('c')]).toEqual([40, 140, 0]);
  pauses.end('b');
  clock.advance(39);
  expect([pauses.remainingMs('a'), pauses.remainingMs('b')]).toEqual([1, 0]);
  clock.advance(1);
  expect(pauses.remainingMs('a')).toBe(0);
});

test('a running pause is prolonged and never cut short', () => {
  const { clock, pauses } = setUp();
  pauses.pause('a', 100);
  pauses.pause('a', 50);
  expect(pauses.remainingMs('a')).toBe(100);
  clock.advance(50);
  pauses.pause('a', 100);
  expect(pauses.remainingMs('a')).toBe(100);
});

test.each([0, -1, Number.NaN])('a pause of %s ms is none', (ms) => {
  const { pauses } = setUp();
  pauses.pause('a', ms);
  expect([pauses.remainingMs('a'), pauses.running()]).toEqual([0, []]);
});

test('beyond the limit the pause that was set first is forgotten', () => {
  const { pauses } = setUp(2);
  for (const name of ['a', 'b', 'a', 'c']) pauses.pause(name, 100);
  expect(pauses.running()).toEqual([
    { name: 'a', remainingMs: 100 },
    { name: 'c', remainingMs: 100 },
  ]);
});

test('only running pauses are listed', () => {
  const { clock, pauses } = setUp();
  pauses.pause('a', 100);
  pauses.pause('b', 200);
  clock.advance(150);
  expect(pauses.running()).toEqual([{ name: 'b', remainingMs: 50 }]);
});
