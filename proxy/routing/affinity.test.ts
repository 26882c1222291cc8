import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { Affinity, type SharedStore } from './affinity.ts';

const SIX_HOURS = 6 * 3_600_000;

class FakeStore implements SharedStore {
  readonly entries = new Map<string, string>();
  readonly asked: string[] = [];
  readonly ttls: number[] = [];

  async get(key: string): Promise<string | undefined> {
    this.asked.push(key);
    return this.entries.get(key);
  }

  set(key: string, value: string, ttlMs: number): void {
    this.entries.set(key, value);
    this.ttls.push(ttlMs);
  }
}

test('remembers which endpoint made a response, for six hours', async () => {
  const clock = new ManualClock();
  const affinity = new Affinity({ clock });
  affinity.remember(['resp_1', 'rs_1'], 'm/a');
  clock.advance(SIX_HOURS);
  expect(await affinity.find(['resp_1'])).toBe('m/a');
  expect(affinity.peek(['rs_1'])).toBe('m/a');
  clock.advance(1);
  expect(await affinity.find(['resp_1'])).toBeUndefined();
});

test('the last known id of a request decides', () => {
  const affinity = new Affinity({ clock: new ManualClock() });
  affinity.remember(['rs_1'], 'm/a');
  affinity.remember(['rs_2'], 'm/b');
  expect(affinity.peek(['rs_1', 'rs_2', 'rs_unknown'])).toBe('m/b');
});

test('memory is bounded: the least recently used id goes first', () => {
  const affinity = new Affinity({ clock: new ManualClock(), maxEntries: 2 });
  affinity.remember(['resp_1', 'resp_2'], 'm/a');
  affinity.peek(['resp_1']);
  affinity.remember(['resp_3'], 'm/a');
  expect(['resp_1', 'resp_2', 'resp_3'].map((id) => affinity.peek([id]))).toEqual(['m/a', undefined, 'm/a']);
});

test('another replica finds the owner through the shared store, and asks only once', async () => {
  const shared = new FakeStore();
  const clock = new ManualClock();
  new Affinity({ clock, shared }).remember(['resp_1'], 'm/a');
  expect(shared.ttls).toEqual([SIX_HOURS]);
  const other = new Affinity({ clock, shared });
  expect(other.peek(['resp_1'])).toBeUndefined();
  expect(await other.find(['resp_1'])).toBe('m/a');
  expect(await other.find(['resp_1'])).toBe('m/a');
  expect(shared.asked).toEqual(['resp_1']);
});

test('the shared store is asked for the last few ids of a request only, and never for an absurdly long one', async () => {
  const shared = new FakeStore();
  const affinity = new Affinity({ clock: new ManualClock(), shared });
  const ids = [...Array.from({ length: 20 }, (_, index) => `rs_${index}`), 'x'.repeat(513), ''];
  expect(await affinity.find(ids)).toBeUndefined();
  expect(shared.asked).toEqual(['rs_19', 'rs_18', 'rs_17', 'rs_16']);
});

test('a shared store that fails is no more than one that does not know', async () => {
  const affinity = new Affinity({
    clock: new ManualClock(),
    shared: {
      get: () => Promise.reject(new Error('down')),
      set: () => {
        throw new Error('down');
      },
    },
  });
  affinity.remember(['resp_1'], 'm/a');
  expect(await affinity.find(['resp_1'])).toBe('m/a');
  expect(await affinity.find(['resp_2'])).toBeUndefined();
});

test('the longest id that is looked up has 512 characters', () => {
  const affinity = new Affinity({ clock: new ManualClock() });
  const [longest, longer] = ['a'.repeat(512), 'a'.repeat(513)];
  affinity.remember([longest, longer, ''], 'm/a');
  expect([longest, longer, ''].map((id) => affinity.peek([id]))).toEqual(['m/a', undefined, undefined]);
});

test('of several ids that only the shared store can know, the latest that it does know decides', async () => {
  const shared = new FakeStore();
  shared.entries.set('rs_1', 'm/a');
  shared.entries.set('rs_2', 'm/b');
  const affinity = new Affinity({ clock: new ManualClock(), shared });
  expect(await affinity.find(['rs_1', 'rs_2', 'rs_3'])).toBe('m/b');
});
