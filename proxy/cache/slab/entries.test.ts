import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { modelTag } from '../key.ts';
import { makeRecording, makeStream } from '../recordings.fixture.ts';
import type { Recording } from '../types.ts';
import { Entries } from './entries.ts';

/** Numbers from 0 to below `bound`, the same ones for the same seed. */
function numbersFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const MODELS = ['m', 'n', 'o'];

function keyOf(model: string, number: number): string {
  return `${modelTag(model)}.${createHash('sha256').update(`${model} ${number}`).digest('hex')}`;
}

function randomRecording(random: (bound: number) => number, model: string): Recording {
  const length = random(3) === 0 ? random(60_000) : random(1_500);
  const change = {
    model,
    endpoint: `${model}/${random(3)}`,
    expiresAt: 1_750_000_000_000 + random(1_000_000),
    ...(random(2) ? { answerId: `é-${random(40)}`, kept: random(3) > 0 } : { kept: false }),
    ...(random(5) === 0 ? { refusal: { status: 400, request: 'ab' } } : {}),
    encryptedItems: random(6) === 0 ? [`rs_${random(9)}`] : [],
  };
  if (random(3) > 0) return makeRecording({ ...change, bytes: Buffer.alloc(length, random(256)) });
  const events = Array.from({ length: random(60) }, (_, at) => `data: ${'x'.repeat(random(300))}${at}\n\n`);
  return makeStream(events, { ...change, times: events.map(() => random(2) * random(2 ** 40)) });
}

/** Checks that the entries are exactly those of the model, least recently used first. */
function expectSame(entries: Entries, model: Map<string, Recording>): void {
  expect(entries.size).toBe(model.size);
  expect(entries.keys().toSorted()).toEqual([...model.keys()].toSorted());
  for (const [key, recording] of model) expect(entries.read(entries.find(key), false)).toEqual(recording);
}

test.each([
  // Little is copied, nothing is lent; then all three kinds of memory.
  [1, 1_000_000],
  [2, 1_000_000],
  [3, 1_000_000],
  [4, 16_000_000],
  [5, 16_000_000],
  [6, 64_000_000],
])('entries are what a map of recordings would be, seed %i, for %i bytes', (seed, maxBytes) => {
  const random = numbersFrom(seed);
  const entries = new Entries(maxBytes);
  const model = new Map<string, Recording>();
  const handedOut: { readonly found: Recording; readonly was: Buffer }[] = [];
  const steps: Record<string, (key: string, name: string) => void> = {
    add: (key, name) => {
      const known = entries.find(key);
      if (known !== -1) entries.remove(known);
      const recording = randomRecording(random, name);
      entries.add(key, entries.prepare(recording));
      model.delete(key);
      model.set(key, recording);
    },
    touch: (key) => {
      const entry = entries.find(key);
      const recording = model.get(key);
      expect(entry !== -1).toBe(recording !== undefined);
      if (!recording) return;
      entries.touch(entry);
      const found = entries.read(entry, random(2) === 0);
      expect(found).toEqual(recording);
      handedOut.push({ found, was: Buffer.from(found.bytes) });
      model.delete(key);
      model.set(key, recording);
    },
    remove: (key) => {
      const entry = entries.find(key);
      if (entry !== -1) entries.remove(entry);
      model.delete(key);
    },
    evict: () => {
      let { oldest } = entries;
      while (oldest !== -1 && entries.isPurged(oldest)) {
        entries.remove(oldest);
        oldest = entries.oldest;
      }
      const [first] = model.keys();
      expect(oldest).toBe(first === undefined ? -1 : entries.find(first));
      if (first === undefined) return;
      entries.remove(oldest);
      model.delete(first);
    },
    purge: (_key, name) => {
      const prefix = `${modelTag(name)}.`;
      const known = [...model.keys()].filter((key) => key.startsWith(prefix));
      expect(entries.purge(prefix)).toBe(known.length);
      const [taken] = known;
      for (const key of known) model.delete(key);
      if (taken !== undefined) expect([entries.take(taken), entries.take(taken)]).toEqual([true, false]);
      if (random(2)) for (let turn = 0; !entries.sweep(turn); turn += 1);
    },
    listed: () => {
      const answerId = `é-${random(40)}`;
      const holds = ({ answerId: id, kept }: Recording): boolean => kept && id === answerId;
      const expected = [...model].filter(([, recording]) => holds(recording)).map(([key]) => key);
      expect(entries.keysOf(answerId).toSorted()).toEqual(expected.toSorted());
    },
  };
  const names = [
    ...Array<string>(8).fill('add'),
    ...Array<string>(8).fill('touch'),
    'remove',
    'evict',
    'evict',
    'listed',
  ];
  for (let step = 0; step < 4_000; step += 1) {
    const name = MODELS[random(3)]!;
    const action = random(200) === 0 ? 'purge' : names[random(names.length)]!;
    steps[action]!(keyOf(name, random(120)), name);
    expect(entries.bytes).toBeLessThanOrEqual(entries.used);
  }
  expectSame(entries, model);
  for (const { found, was } of handedOut) expect(found.bytes.equals(was)).toBe(true);
  for (const key of model.keys()) entries.remove(entries.find(key));
  for (let turn = 0; !entries.sweep(turn); turn += 1);
  expect([entries.size, entries.bytes, entries.used, entries.oldest]).toEqual([0, 0, 0, -1]);
});

test('memory that is taken stays near what is counted, whatever leaves', () => {
  const random = numbersFrom(7);
  const entries = new Entries(8 * 2 ** 20);
  const segment = (8 * 2 ** 20) / 64;
  let next = 0;
  for (let round = 0; round < 30_000; round += 1) {
    entries.add(keyOf('m', next), entries.prepare(makeRecording({ bytes: Buffer.alloc(1_000) })));
    next += 1;
    const any = entries.find(keyOf('m', random(next)));
    if (any !== -1 && random(2)) entries.touch(any);
    while (entries.used > 8 * 2 ** 20)
      entries.remove(random(3) || any === -1 ? entries.oldest : entries.find(keyOf('m', next - 1)));
  }
  expect(entries.used).toBeGreaterThan(7.9 * 2 ** 20);
  expect(entries.held).toBeLessThan(1.125 * entries.used + 6 * segment);
  for (const key of entries.keys()) if (random(10) > 0) entries.remove(entries.find(key));
  for (let turn = 0; !entries.sweep(turn); turn += 1);
  expect(entries.held).toBeLessThan(1.125 * entries.used + 6 * segment);
});
