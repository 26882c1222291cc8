import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { ProxyError } from '../core/errors.ts';
import { MemoryStateStore } from './memory-store.ts';
import { describeStateStore } from './store-conformance.fixture.ts';
import type { Place, StateStore } from './store.ts';
import { TieredStateStore } from './tiered-store.ts';

const memory = (clock = new ManualClock()) => new MemoryStateStore(100_000, clock);
const PLACE: Place = { scope: 'a', kind: 'response', id: 'x' };

describeStateStore('memory', () => Promise.resolve(memory()));
describeStateStore('two tiers', () => Promise.resolve(new TieredStateStore(memory(), memory())));

test('memory is bounded by bytes and by time', async () => {
  const clock = new ManualClock();
  const store = new MemoryStateStore(2_000, clock);
  await store.put(PLACE, Buffer.alloc(1_000), 5_000);
  await store.put({ ...PLACE, id: 'y' }, Buffer.alloc(1_000), 10_000);
  expect(await store.get(PLACE)).toBeUndefined();
  expect(await store.get({ ...PLACE, id: 'y' })).toHaveLength(1_000);
  clock.advance(10_000);
  expect(await store.get({ ...PLACE, id: 'y' })).toBeUndefined();
});

test('while the shared store does not answer, what was made here is read, and nothing is changed', async () => {
  let away = false;
  const shared = memory();
  const guarded = <T>(run: () => Promise<T>): Promise<T> =>
    away ? Promise.reject(new ProxyError('state_unavailable', 'away')) : run();
  const flaky: StateStore = {
    get: (place) => guarded(() => shared.get(place)),
    put: (place, value, ttl) => guarded(() => shared.put(place, value, ttl)),
    update: (place, change, ttl) => guarded(() => shared.update(place, change, ttl)),
    delete: (place) => guarded(() => shared.delete(place)),
  };
  const store = new TieredStateStore(flaky, memory());
  await store.put(PLACE, Buffer.from('one'), 1_000);
  await shared.put({ ...PLACE, id: 'elsewhere' }, Buffer.from('two'), 1_000);
  away = true;
  expect(await store.get(PLACE)).toEqual(Buffer.from('one'));
  await store.put({ ...PLACE, id: 'z' }, Buffer.from('three'), 1_000);
  expect(await store.get({ ...PLACE, id: 'z' })).toEqual(Buffer.from('three'));
  const refusal = { code: 'state_unavailable' };
  await expect(store.get({ ...PLACE, id: 'elsewhere' })).rejects.toMatchObject(refusal);
  await expect(store.update(PLACE, () => Buffer.from('x'), 1_000)).rejects.toMatchObject(refusal);
  await expect(store.delete(PLACE)).rejects.toMatchObject(refusal);
  away = false;
  // What the shared store missed is this process's alone, and changed and deleted here, until the store takes it.
  const missed = { ...PLACE, id: 'z' };
  expect(await store.get(missed)).toEqual(Buffer.from('three'));
  expect(await shared.get(missed)).toBeUndefined();
  expect(await store.update(missed, (current) => Buffer.from(`${String(current)} four`), 1_000)).toBe(true);
  expect(await shared.get(missed)).toEqual(Buffer.from('three four'));
  expect(await store.delete(missed)).toBe(true);
  expect(await shared.get(missed)).toBeUndefined();
  away = true;
  await store.put(missed, Buffer.from('five'), 1_000);
  expect(await store.delete(missed)).toBe(true);
  expect(await store.delete({ ...PLACE, id: 'none' }).catch(() => 'away')).toBe('away');
});
