import { expect, test } from 'vitest';
import { Barriers } from './barriers.ts';

const KEY = `${'a'.repeat(16)}.${'1'.repeat(64)}`;
const SIBLING = `${'a'.repeat(16)}.${'2'.repeat(64)}`;
const OTHER = `${'b'.repeat(16)}.${'1'.repeat(64)}`;

test('what began before a purge of everything is refused, what begins after it is admitted', () => {
  const barriers = new Barriers();
  const before = barriers.epoch;
  barriers.raise('');
  expect(barriers.admits(KEY, before)).toBe(false);
  expect(barriers.admits(KEY, barriers.epoch)).toBe(true);
});

test('a purge of a model or a key concerns that model or key alone', () => {
  const barriers = new Barriers();
  const before = barriers.epoch;
  barriers.raise(`${'a'.repeat(16)}.`);
  expect([KEY, SIBLING, OTHER].map((key) => barriers.admits(key, before))).toEqual([false, false, true]);
  const between = barriers.epoch;
  barriers.raise(KEY);
  expect([KEY, SIBLING, OTHER].map((key) => barriers.admits(key, between))).toEqual([false, true, true]);
});

test('a mark that had to be forgotten refuses more, never less', () => {
  const barriers = new Barriers();
  const before = barriers.epoch;
  barriers.raise(KEY);
  for (let index = 0; index < 10_000; index++) barriers.raise(`${'c'.repeat(16)}.${String(index).padStart(64, '0')}`);
  expect(barriers.admits(KEY, before)).toBe(false);
  expect(barriers.admits(KEY, barriers.epoch)).toBe(true);
});
