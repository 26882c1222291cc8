import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { FairQueue, type QueueRefusal, type WaitEnd } from './fair-queue.ts';

const settled = () => new Promise<void>((resolve) => queueMicrotask(resolve));

/** A queue for one thing that is taken and given back by hand. */
function bed(size = 10, timeoutMs = 1_000) {
  const clock = new ManualClock();
  const ends: [WaitEnd, number][] = [];
  const queue = new FairQueue({ size, timeoutMs }, clock, (end, ms) => ends.push([end, ms]));
  const served: string[] = [];
  const refused: [string, QueueRefusal][] = [];
  let free = 0;
  queue.hasRoom = () => free > 0;
  return {
    clock,
    queue,
    ends,
    served,
    refused,
    enter: (name: string, caller = name, weight?: number) =>
      queue.enter({
        caller,
        ...(weight === undefined ? {} : { weight }),
        take: () => {
          if (free === 0) return false;
          free -= 1;
          served.push(name);
          return true;
        },
        refused: (why) => refused.push([name, why]),
      }),
    give: async (count = 1) => {
      free += count;
      queue.wakeSoon();
      await settled();
    },
  };
}

test('callers take turns, those of one caller in their order', async () => {
  const { enter, give, served } = bed();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) enter(name, name.charAt(0));
  for (let turn = 0; turn < 6; turn += 1) await give();
  expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a caller with one request waits for one turn of each other caller at most, whatever their numbers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }), async (callers) => {
      const { enter, give, served } = bed(100);
      callers.forEach((caller, index) => enter(`${caller}-${index}`, String(caller)));
      enter('single');
      await give(new Set(callers).size + 1);
      expect(served).toContain('single');
      await give(callers.length);
      for (const caller of new Set(callers)) {
        const own = served.filter((name) => name.startsWith(`${caller}-`)).map((name) => Number(name.slice(2)));
        expect(own).toEqual(own.toSorted((a, b) => a - b));
        expect(own).toHaveLength(callers.filter((one) => one === caller).length);
      }
    }),
  );
});

test('a caller of weight 3 has three turns in a round', async () => {
  const { enter, give, served } = bed(100);
  for (let index = 0; index < 20; index += 1) {
    enter('b', 'b');
    enter('A', 'a', 3);
    enter('c', 'c', 1);
  }
  for (let turn = 0; turn < 20; turn += 1) await give();
  expect(served.join('')).toBe('bAAAcbAAAcbAAAcbAAAc');
});

test('while all have requests that wait, shares are those of the weights, round by round', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), async (weights) => {
      const { enter, give, served } = bed(1_000);
      const round = weights.reduce((sum, weight) => sum + weight, 0);
      for (let index = 0; index < 4 * 5; index += 1) {
        for (const [caller, weight] of weights.entries()) enter(String(caller), String(caller), weight);
      }
      for (let turn = 0; turn < 4; turn += 1) {
        await give(round);
        const latest = served.slice(-round);
        expect(weights.map((_, caller) => latest.filter((one) => one === String(caller)).length)).toEqual(weights);
      }
    }),
  );
});

test('a caller of weight 3 has three times the places of a full queue', () => {
  const { enter, refused, queue } = bed(8);
  for (let index = 0; index < 8; index += 1) enter(`b${index}`, 'b');
  const taken = Array.from({ length: 8 }, (_, index) => enter(`A${index}`, 'a', 3) !== undefined);
  expect(taken).toEqual([true, true, true, true, true, true, false, false]);
  expect(refused.filter(([name]) => name.startsWith('b')).map(([name]) => name)).toEqual([
    'b7',
    'b6',
    'b5',
    'b4',
    'b3',
    'b2',
  ]);
  expect(enter('b8', 'b')).toBeUndefined();
  expect(queue.size).toBe(8);
});

test('a full queue refuses the caller with most places, and lets one with fewer in for the newest of them', () => {
  const { enter, refused, queue } = bed(3);
  for (const name of ['a1', 'a2', 'a3']) enter(name, 'a');
  expect(enter('a4', 'a')).toBeUndefined();
  expect(enter('b1', 'b')).toBeDefined();
  expect(enter('b2', 'b')).toBeUndefined();
  expect(enter('c1', 'c')).toBeDefined();
  expect(enter('d1', 'd')).toBeUndefined();
  expect(refused).toEqual([
    ['a4', 'share'],
    ['a3', 'share'],
    ['b2', 'share'],
    ['a2', 'share'],
    ['d1', 'full'],
  ]);
  expect(queue.size).toBe(3);
});

test('a queue of size 0 refuses all', () => {
  const { enter, refused } = bed(0);
  expect(enter('a')).toBeUndefined();
  expect(refused).toEqual([['a', 'full']]);
});

test('who waits too long is refused, and its timer goes with who leaves', async () => {
  const { enter, give, refused, clock, queue, ends, served } = bed();
  const leave = enter('a');
  enter('b');
  clock.advance(999);
  leave?.();
  leave?.();
  clock.advance(1);
  expect([refused, queue.size, clock.timers]).toEqual([[['b', 'timeout']], 0, 0]);
  await give();
  expect(served).toEqual([]);
  expect(ends).toEqual([
    ['left', 999],
    ['timeout', 1_000],
  ]);
});

test('one that can use nothing of what is free does not keep others from it', async () => {
  const { queue, enter, give, served } = bed();
  queue.enter({ caller: 'picky', take: () => false, refused: () => undefined });
  enter('b');
  await give();
  expect([served, queue.size]).toEqual([['b'], 1]);
});

test('a closed queue has refused all, and refuses who comes', () => {
  const { queue, enter, refused, clock } = bed();
  enter('a');
  enter('b');
  queue.close();
  enter('c');
  expect(refused.map(([, why]) => why)).toEqual(['closed', 'closed', 'closed']);
  expect([queue.size, clock.timers]).toEqual([0, 0]);
});
