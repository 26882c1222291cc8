import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { MemoryStore } from './memory-store.ts';
import { sizeOf } from './recording.ts';
import { makeRecording } from './recordings.fixture.ts';

const NOW = { epoch: 0 };

function store(maxBytes: number): MemoryStore {
  return new MemoryStore({ maxBytes, staleMs: 0, clock: new ManualClock(), purges: new PurgeEpochs() });
}

test('the least recently used entries make room when the bound on bytes is reached', () => {
  const recording = makeRecording({ bytes: Buffer.alloc(1000) });
  const memory = store(sizeOf(recording) * 2);
  memory.keep('a', recording, NOW);
  memory.keep('b', makeRecording({ bytes: Buffer.alloc(1000) }), NOW);
  memory.peek('a');
  memory.keep('c', makeRecording({ bytes: Buffer.alloc(1000) }), NOW);
  expect(['a', 'b', 'c'].map((key) => memory.peek(key) !== undefined)).toEqual([true, false, true]);
  expect(memory.bytes).toBe(sizeOf(recording) * 2);
  expect(memory.evictions).toBe(1);
});

test('an entry of exactly the size of the store is kept', () => {
  const recording = makeRecording({ bytes: Buffer.alloc(1000) });
  const memory = store(sizeOf(recording));
  expect(memory.keep('a', recording, NOW)).toBe(true);
  expect(memory.peek('a')).toBe(recording);
});

test('an entry larger than the whole store is not kept and pushes nothing out', () => {
  const memory = store(2000);
  memory.keep('a', makeRecording(), NOW);
  expect(memory.keep('b', makeRecording({ bytes: Buffer.alloc(3000) }), NOW)).toBe(false);
  expect(memory.peek('a')).toBeDefined();
  expect(memory.peek('b')).toBeUndefined();
});

test('forms made of an entry count towards the bound', () => {
  const memory = store(10_000);
  const recording = makeRecording();
  memory.keep('a', recording, NOW);
  const before = memory.bytes;
  memory.grow(recording, 500);
  expect(memory.bytes).toBe(before + 500);
  memory.grow(makeRecording(), 500);
  expect(memory.bytes).toBe(before + 500);
});

test('an entry that outgrows the store leaves it', () => {
  const memory = store(10_000);
  const recording = makeRecording();
  memory.keep('a', recording, NOW);
  memory.grow(recording, 20_000);
  expect(memory.peek('a')).toBeUndefined();
  expect(memory.bytes).toBe(0);
});

test('an answer is listed for the keys that hold it, until they hold it no more', () => {
  const one = makeRecording({ bytes: Buffer.alloc(1000), answerId: 'resp_1', kept: true });
  const memory = store(sizeOf(one) * 2 + 100);
  memory.keep('a', one, NOW);
  memory.keep('b', { ...one }, NOW);
  expect(memory.keysOf('resp_1')).toEqual(['a', 'b']);
  // Made room for another entry, replaced by another answer, removed.
  memory.keep('c', { ...one, answerId: 'resp_2' }, NOW);
  expect(memory.keysOf('resp_1')).toEqual(['b']);
  memory.keep('b', { ...one, answerId: 'resp_3' }, NOW);
  expect(memory.keysOf('resp_1')).toEqual([]);
  memory.keep('b', { ...one, answerId: 'resp_3' }, NOW);
  expect(memory.keysOf('resp_3')).toEqual(['b']);
  memory.drop('');
  expect([memory.keysOf('resp_2'), memory.keysOf('resp_3')]).toEqual([[], []]);
});

test('an entry that was too large to be kept is not listed', () => {
  const memory = store(2000);
  memory.keep('a', makeRecording({ bytes: Buffer.alloc(3000), answerId: 'resp_1', kept: true }), NOW);
  expect(memory.keysOf('resp_1')).toEqual([]);
});

test('an entry stays listed while forms of it are counted', () => {
  const memory = store(10_000);
  const recording = makeRecording({ answerId: 'resp_1', kept: true });
  memory.keep('a', recording, NOW);
  memory.grow(recording, 100);
  expect(memory.keysOf('resp_1')).toEqual(['a']);
});

test('a purge of a key removes that entry and no other whose key begins with it', () => {
  const memory = store(10_000);
  const key = `${'a'.repeat(16)}.${'1'.repeat(64)}`;
  for (const each of [key, `${key}1`, 'b']) memory.keep(each, makeRecording(), NOW);
  expect(memory.drop(key)).toEqual([key]);
  expect(memory.drop(key)).toEqual([]);
  expect(memory.drop('a')).toEqual([`${key}1`]);
  expect(memory.entries).toBe(1);
});

test('an entry is there until its stale time is over, to the millisecond', () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ maxBytes: 10_000, staleMs: 50, clock, purges: new PurgeEpochs() });
  memory.keep('a', makeRecording({ expiresAt: clock.now() + 100 }), NOW);
  clock.advance(149);
  expect(memory.peek('a')).toBeDefined();
  clock.advance(1);
  expect(memory.peek('a')).toBeUndefined();
  expect(memory.entries).toBe(0);
});

test('what a purge has overtaken is not kept, and leaves what is there alone', () => {
  const purges = new PurgeEpochs();
  const memory = new MemoryStore({ maxBytes: 10_000, staleMs: 0, clock: new ManualClock(), purges });
  const before = { epoch: purges.epoch };
  memory.drop('');
  const fresh = makeRecording();
  expect(memory.keep('a', fresh, { epoch: purges.epoch })).toBe(true);
  expect(memory.keep('a', makeRecording(), before)).toBe(false);
  expect(memory.peek('a')).toBe(fresh);
});
