import { expect, test } from 'vitest';
import { World } from './world.ts';

test('seeded worlds give equal ids request by request, unseeded ones do not', () => {
  const ids = (seed: number | undefined): string[] => {
    const world = new World({ seed });
    return [1, 2].map(() => world.contextFor(1).random.hex(16));
  };
  expect(ids(7)).toEqual(ids(7));
  expect(new Set(ids(7)).size).toBe(2);
  expect(ids(undefined)).not.toEqual(ids(undefined));
});

test('reset forgets everything that was told and seen, and restores the pace', () => {
  const world = new World({ pace: { firstEventMs: 5 } });
  const facts = { operation: undefined, model: undefined, stream: false, headers: {}, text: () => '' };
  world.answers.add({ matches: () => true, times: undefined, value: { text: 'x' } });
  world.faults.add({ matches: () => true, times: undefined, value: { kind: 'empty' } });
  world.journal.open({ at: 1, method: 'GET', path: '/', query: '', headers: {}, port: 1, connection: 1 });
  world.pace = { tokensPerSecond: 1 };
  world.reset();
  expect([world.answers.take(facts), world.faults.take(facts), world.journal.size]).toEqual([undefined, undefined, 0]);
  expect(world.pace).toEqual({ firstEventMs: 5 });
});

test('an answer carries the port only when the server tags its answers', () => {
  expect(new World({ tag: true }).contextFor(40123).tag).toBe('40123');
  expect(new World({}).contextFor(40123).tag).toBeUndefined();
});
