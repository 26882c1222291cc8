import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Kept } from './kept.ts';

const ejected = (at: number) =>
  ({ state: 'ejected', at, until: at + 1_000, hard: false, level: 1, kind: 'server_error' }) as const;

test('the latest change of an endpoint is kept for as long as it matters', () => {
  const clock = new ManualClock();
  const kept = new Kept(clock, 1_000_000);
  expect(kept.publish('a', ejected(10), 1_000)).toBe(true);
  expect(kept.publish('a', ejected(5), 1_000)).toBe(false);
  expect(kept.publish('b', { state: 'admitting', at: 7 }, 0)).toBe(true);
  expect(kept.changes().toSorted(([one], [other]) => one.localeCompare(other))).toEqual([
    ['a', ejected(10)],
    ['b', { state: 'admitting', at: 7 }],
  ]);
  clock.advance(1_001);
  expect(kept.changes().map(([endpoint]) => endpoint)).toEqual(['b']);
});

test('small strings live for their time, by space and key; long ones are not kept', () => {
  const clock = new ManualClock();
  const kept = new Kept(clock, 1_000_000);
  kept.set('affinity', 'id', 'm/a', 1_000);
  kept.set('affinity', 'long', 'x'.repeat(4_097), 1_000);
  kept.set('affinity', 'k'.repeat(1_025), 'x', 1_000);
  expect(kept.get('affinity', 'id')).toBe('m/a');
  expect(kept.get('cached-share', 'id')).toBeUndefined();
  expect(kept.get('affinity', 'long')).toBeUndefined();
  expect(kept.get('affinity', 'k'.repeat(1_025))).toBeUndefined();
  clock.advance(1_001);
  expect(kept.get('affinity', 'id')).toBeUndefined();
});
