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
