import { expect, test } from 'vitest';
import { PurgeEpochs } from './purge-epochs.ts';

const KEY = `${'a'.repeat(16)}.${'1'.repeat(64)}`;
const SIBLING = `${'a'.repeat(16)}.${'2'.repeat(64)}`;
const OTHER = `${'b'.repeat(16)}.${'1'.repeat(64)}`;

test('what began before a purge of everything is refused, what begins after it is admitted', () => {
  const purges = new PurgeEpochs();
  const before = purges.epoch;
  purges.record('');
  expect(purges.isCurrent(KEY, before)).toBe(false);
  expect(purges.isCurrent(KEY, purges.epoch)).toBe(true);
});

test('a purge of a model or a key concerns that model or key alone', () => {
  const purges = new PurgeEpochs();
  const before = purges.epoch;
  purges.record(`${'a'.repeat(16)}.`);
  expect([KEY, SIBLING, OTHER].map((key) => purges.isCurrent(key, before))).toEqual([false, false, true]);
  const between = purges.epoch;
  purges.record(KEY);
  expect([KEY, SIBLING, OTHER].map((key) => purges.isCurrent(key, between))).toEqual([false, true, true]);
});

test('a mark that had to be forgotten refuses more, never less', () => {
  const purges = new PurgeEpochs();
  const before = purges.epoch;
  purges.record(KEY);
  for (let index = 0; index < 10_000; index++) purges.record(`${'c'.repeat(16)}.${String(index).padStart(64, '0')}`);
  expect(purges.isCurrent(KEY, before)).toBe(false);
  expect(purges.isCurrent(KEY, purges.epoch)).toBe(true);
});

test('an epoch that is opened without a purge concerns no key', () => {
  const purges = new PurgeEpochs();
  const before = purges.epoch;
  expect(purges.open()).toBe(before + 1);
  expect(purges.epoch).toBe(before + 1);
  expect(purges.isCurrent(KEY, before)).toBe(true);
});
