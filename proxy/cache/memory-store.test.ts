import { expect, test, vi } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { MemoryStore } from './memory-store.ts';
import { modelTag } from './key.ts';
import { makeRecording } from './recordings.fixture.ts';
import type { Recording } from './types.ts';

const NOW = { epoch: 0 };
const KEY = keyOf('a');

function keyOf(digit: string, model = 'm'): string {
  return `${modelTag(model)}.${digit.repeat(64)}`;
}

function store(maxBytes: number): MemoryStore {
  return new MemoryStore({ maxBytes, staleMs: 0, clock: new ManualClock(), purges: new PurgeEpochs() });
}

/** What a store holds with these recordings, in bytes. */
function bytesWith(...recordings: readonly Recording[]): number {
  const memory = store(200_000);
  for (const [at, recording] of recordings.entries()) memory.keep(keyOf(String(at)), recording, NOW);
  return memory.bytes;
}

test('the least recently used entries make room when the bound on bytes is reached', () => {
  const recording = makeRecording({ bytes: Buffer.alloc(1000) });
  const bound = bytesWith(recording, recording);
  const memory = store(bound);
  const keys = [keyOf('a'), keyOf('b'), keyOf('c')] as const;
  memory.keep(keys[0], recording, NOW);
  memory.keep(keys[1], recording, NOW);
  memory.peek(keys[0]);
  memory.keep(keys[2], recording, NOW);
  expect(keys.map((key) => memory.peek(key) !== undefined)).toEqual([true, false, true]);
  expect(memory.bytes).toBe(bound);
  expect(memory.evictions).toBe(1);
});

test('an entry of exactly the size of the store is kept', () => {
  const recording = makeRecording({ bytes: Buffer.alloc(1000) });
  const memory = store(bytesWith(recording));
  expect(memory.keep(KEY, recording, NOW)).toBe(true);
  expect(memory.peek(KEY)).toEqual(recording);
  expect(store(bytesWith(recording) - 1).keep(KEY, recording, NOW)).toBe(false);
});

test('an entry larger than the whole store is not kept and pushes nothing out', () => {
  const memory = store(3000);
  memory.keep(KEY, makeRecording(), NOW);
  expect(memory.keep(keyOf('b'), makeRecording({ bytes: Buffer.alloc(4000) }), NOW)).toBe(false);
  expect(memory.peek(KEY)).toBeDefined();
  expect(memory.peek(keyOf('b'))).toBeUndefined();
});

test('a store of no size keeps nothing', () => {
  const memory = store(0);
  expect(memory.keep(KEY, makeRecording(), NOW)).toBe(false);
  expect([memory.entries, memory.bytes]).toEqual([0, 0]);
});

test('what is under a key that is none of the cache is not kept', () => {
  const memory = store(10_000);
  expect(memory.keep('a', makeRecording(), NOW)).toBe(false);
  expect(memory.peek('a')).toBeUndefined();
});

test('an entry that is hit again is at hand, and forms made of it count towards the bound', () => {
  const memory = store(100_000);
  memory.keep(KEY, makeRecording(), NOW);
  const stored = memory.bytes;
  memory.peek(KEY);
  const recording = memory.peek(KEY)!;
  expect(memory.peek(KEY)).toBe(recording);
  const before = memory.bytes;
  expect(before).toBeGreaterThan(stored);
  memory.grow(recording, 500);
  expect(memory.bytes).toBe(before + 500);
  memory.grow(makeRecording(), 500);
  expect(memory.bytes).toBe(before + 500);
  memory.drop(KEY);
  expect(memory.bytes).toBe(0);
});

test('a recording whose forms outgrow their part of the store is at hand no more, and its entry stays', () => {
  const memory = store(100_000);
  memory.keep(KEY, makeRecording(), NOW);
  const stored = memory.bytes;
  memory.peek(KEY);
  const recording = memory.peek(KEY)!;
  memory.grow(recording, 50_000);
  expect(memory.bytes).toBe(stored);
  expect(memory.peek(KEY)).toEqual(recording);
});

test.each([
  ['evicted', 0],
  ['purged', 1],
  ['purged with its model', 2],
])('what was handed out stays as it was when its entry is %s and the memory is used again', (_, how) => {
  const memory = store(20_000_000);
  // Copied, lent, and in memory of its own.
  const sizes = [500, 12_000, 200_000];
  const fill = (from: number, count: number, letter: string): void => {
    for (let at = from; at < from + count; at += 1) {
      const key = `${modelTag('m')}.${String(at).padStart(64, '0')}`;
      memory.keep(key, makeRecording({ bytes: Buffer.alloc(at % 2 ? 500 : 12_000, letter) }), memory.mark(key));
    }
  };
  fill(0, 500, 'y');
  for (const [at, size] of sizes.entries()) {
    memory.keep(keyOf(String(at)), makeRecording({ bytes: Buffer.alloc(size, 'z') }), memory.mark(KEY));
  }
  const found = [0, 0, 1, 1, 2, 2].map((at) => memory.peek(keyOf(String(at)))!.bytes);
  if (how > 0) memory.drop(how === 1 ? '' : `${modelTag('m')}.`).release();
  fill(500, 6000, 'x');
  expect(memory.evictions).toBeGreaterThan(1000);
  expect(sizes.map((_size, at) => memory.peek(keyOf(String(at))))).toEqual(sizes.map(() => undefined));
  for (const [at, bytes] of found.entries()) expect(bytes.equals(Buffer.alloc(sizes[at >> 1]!, 'z'))).toBe(true);
});

test('the store keeps no memory of the one who stores', () => {
  const memory = store(1_000_000);
  for (const [digit, length] of [
    ['a', 100],
    ['b', 100_000],
  ] as const) {
    const around = Buffer.alloc(length + 2, 'x');
    memory.keep(keyOf(digit), makeRecording({ bytes: around.subarray(1, length + 1) }), NOW);
    around.fill('y');
    expect(memory.peek(keyOf(digit))?.bytes.equals(Buffer.alloc(length, 'x'))).toBe(true);
  }
});

test.each([1000, 30_000])(
  'an answer of %i bytes is listed for the keys that hold it, until they hold it no more',
  (size) => {
    const one = makeRecording({ bytes: Buffer.alloc(size), answerId: 'resp_1', kept: true });
    const [a, b, c] = [keyOf('a'), keyOf('b'), keyOf('c')];
    const memory = store(bytesWith(one, one));
    memory.keep(a, one, NOW);
    memory.keep(b, { ...one }, NOW);
    expect(memory.keysOf('resp_1').toSorted()).toEqual([a, b]);
    // Made room for another entry, replaced by another answer, removed.
    memory.keep(c, { ...one, answerId: 'resp_2' }, NOW);
    expect(memory.keysOf('resp_1')).toEqual([b]);
    memory.keep(b, { ...one, answerId: 'resp_3' }, NOW);
    expect(memory.keysOf('resp_1')).toEqual([]);
    memory.keep(b, { ...one, answerId: 'resp_3' }, NOW);
    expect(memory.keysOf('resp_3')).toEqual([b]);
    memory.drop(`${modelTag('m')}.`);
    expect([memory.keysOf('resp_2'), memory.keysOf('resp_3')]).toEqual([[], []]);
  },
);

test('an entry that was too large to be kept is not listed', () => {
  const memory = store(2000);
  memory.keep(KEY, makeRecording({ bytes: Buffer.alloc(3000), answerId: 'resp_1', kept: true }), NOW);
  expect(memory.keysOf('resp_1')).toEqual([]);
});

test('an answer that no provider keeps is not listed', () => {
  const memory = store(10_000);
  memory.keep(KEY, makeRecording({ answerId: 'resp_1', kept: false }), NOW);
  expect(memory.keysOf('resp_1')).toEqual([]);
});

test.each([
  ['everything', ''],
  ['the model', `${modelTag('m')}.`],
  ['the key', KEY],
])(
  'what a purge of %s has dropped is unfindable at once, taken once, and its memory is given back in turns',
  async (_, prefix) => {
    const memory = store(50_000_000);
    for (let at = 0; at < 20_000; at += 1) {
      memory.keep(`${modelTag('m')}.${String(at).padStart(64, '0')}`, makeRecording(), NOW);
    }
    memory.keep(KEY, makeRecording(), NOW);
    const dropped = memory.drop(prefix);
    expect(dropped.entries).toBe(prefix === KEY ? 1 : 20_001);
    expect(memory.peek(KEY)).toBeUndefined();
    expect(memory.entries).toBe(20_001 - dropped.entries);
    expect([dropped.take(KEY), dropped.take(KEY), dropped.take(keyOf('b'))]).toEqual([true, false, false]);
    memory.keep(KEY, makeRecording({ endpoint: 'new' }), memory.mark(KEY));
    dropped.release();
    await vi.waitFor(() => expect(memory.held).toBeLessThan(prefix === KEY ? Infinity : 5_000_000));
    expect(memory.peek(KEY)?.endpoint).toBe('new');
    expect(memory.entries).toBe(20_002 - dropped.entries);
  },
);

test('everything may be purged while the entries of a model are being removed', async () => {
  const memory = store(50_000_000);
  for (let at = 0; at < 20_000; at += 1) {
    memory.keep(`${modelTag('m')}.${String(at).padStart(64, '0')}`, makeRecording(), NOW);
  }
  const model = memory.drop(`${modelTag('m')}.`);
  model.release();
  memory.drop('').release();
  expect(model.take(`${modelTag('m')}.${'0'.repeat(64)}`)).toBe(false);
  await vi.waitFor(() => expect(memory.held).toBe(0));
  expect([memory.entries, memory.bytes]).toEqual([0, 0]);
});

test('a purge of a key removes that entry and no other', () => {
  const memory = store(10_000);
  for (const digit of ['a', 'b', 'c']) memory.keep(keyOf(digit), makeRecording(), NOW);
  memory.keep(keyOf('a', 'n'), makeRecording(), NOW);
  expect(memory.drop(KEY).entries).toBe(1);
  expect(memory.drop(KEY).entries).toBe(0);
  expect(memory.drop(`${modelTag('m')}.`).entries).toBe(2);
  expect(memory.entries).toBe(1);
});

test('an entry is there until its stale time is over, to the millisecond', () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ maxBytes: 10_000, staleMs: 50, clock, purges: new PurgeEpochs() });
  memory.keep(KEY, makeRecording({ expiresAt: clock.now() + 100 }), NOW);
  clock.advance(149);
  expect(memory.peek(KEY)).toBeDefined();
  clock.advance(1);
  expect(memory.peek(KEY)).toBeUndefined();
  expect(memory.entries).toBe(0);
});

test('what a purge has overtaken is not kept, and leaves what is there alone', () => {
  const purges = new PurgeEpochs();
  const memory = new MemoryStore({ maxBytes: 10_000, staleMs: 0, clock: new ManualClock(), purges });
  const before = { epoch: purges.epoch };
  memory.drop('').release();
  const fresh = makeRecording();
  expect(memory.keep(KEY, fresh, { epoch: purges.epoch })).toBe(true);
  expect(memory.keep(KEY, makeRecording(), before)).toBe(false);
  expect(memory.peek(KEY)).toEqual(fresh);
});

test('one who only looks uses no entry: the next that has to go is the same', () => {
  const recording = makeRecording({ bytes: Buffer.alloc(1000), expiresAt: 10 ** 15 });
  const memory = store(bytesWith(recording, recording));
  const keys = [keyOf('a'), keyOf('b'), keyOf('c')] as const;
  memory.keep(keys[0], recording, NOW);
  memory.keep(keys[1], recording, NOW);
  expect(memory.look(keys[0])).toEqual(recording);
  expect(memory.look(keys[2])).toBeUndefined();
  memory.keep(keys[2], recording, NOW);
  expect(keys.map((key) => memory.look(key) !== undefined)).toEqual([false, true, true]);
});

test('an entry whose time is over is not there for one who looks, and stays as it is', () => {
  const clock = new ManualClock(1_750_000_000_000);
  const memory = new MemoryStore({ maxBytes: 100_000, staleMs: 0, clock, purges: new PurgeEpochs() });
  memory.keep(KEY, makeRecording(), NOW);
  clock.advance(60_000);
  expect(memory.look(KEY)).toBeUndefined();
  expect(memory.entries).toBe(1);
});

test('entries and their memory are known by model, without those that are purged', () => {
  const memory = store(1_000_000);
  for (const [digit, model] of [
    ['a', 'm'],
    ['b', 'm'],
    ['c', 'n'],
  ] as const)
    memory.keep(keyOf(digit, model), makeRecording({ model }), NOW);
  const bytes = (model: string): number => memory.byModel().get(model)?.bytes ?? 0;
  expect([...memory.byModel()].map(([model, { entries }]) => [model, entries])).toEqual([
    ['m', 2],
    ['n', 1],
  ]);
  expect(bytes('m')).toBe(2 * bytes('n'));
  memory.drop(`${modelTag('m')}.`);
  expect([...memory.byModel().keys()]).toEqual(['n']);
});
