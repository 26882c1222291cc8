import { expect, test } from 'vitest';
import { type Activity, IdleMemory } from './idle-memory.ts';

const MIB = 1024 * 1024;

/** A process that holds `mib` and falls to `rest` with each collection. */
function processWith(rest: number) {
  const now = { rest, mib: rest, activity: { running: 0, begun: 0 } as Activity, collections: 0 };
  const memory = new IdleMemory({
    activity: () => now.activity,
    residentBytes: () => now.mib * MIB,
    collect: () => {
      now.collections += 1;
      now.mib = now.rest;
    },
  });
  return { now, memory };
}

test('what a burst has left is collected once nothing has run from one look to the next, and not before', () => {
  const { now, memory } = processWith(100);
  now.mib = 400;
  now.activity = { running: 3, begun: 5 };
  memory.look();
  memory.look();
  expect(now.collections).toBe(0);
  now.activity = { running: 0, begun: 6 };
  memory.look();
  expect(now.collections).toBe(0);
  memory.look();
  expect(now).toMatchObject({ collections: 1, mib: 100 });
});

test('a process that rests is left alone until further requests have come and gone', () => {
  const { now, memory } = processWith(100);
  now.mib = 200;
  now.activity = { running: 0, begun: 1 };
  for (let look = 0; look < 3; look += 1) memory.look();
  now.mib = 200;
  for (let look = 0; look < 5; look += 1) memory.look();
  expect(now.collections).toBe(2);
  now.activity = { running: 0, begun: 2 };
  now.mib = 300;
  for (let look = 0; look < 3; look += 1) memory.look();
  expect(now.collections).toBe(3);
});

test('little is not worth a pause, and what a collection could not free does not count as left behind', () => {
  const { now, memory } = processWith(100);
  now.mib = 140;
  now.activity = { running: 0, begun: 1 };
  for (let look = 0; look < 2; look += 1) memory.look();
  expect(now.collections).toBe(0);
  // The cache has grown: it is what the process holds now.
  now.rest = 290;
  now.mib = 300;
  now.activity = { running: 0, begun: 2 };
  for (let look = 0; look < 4; look += 1) memory.look();
  expect(now.collections).toBe(2);
  now.activity = { running: 0, begun: 3 };
  for (let look = 0; look < 4; look += 1) memory.look();
  expect(now.collections).toBe(2);
});
