import { describe, expect, test } from 'vitest';
import type { ManualClock } from '../core/clock.ts';
import { modelTag } from './key.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';
import type { PurgeMark, Store } from './store.ts';
import type { Recording } from './types.ts';

export const STALE_MS = 5_000;
const TTL_MS = 10_000;

export interface StoreBench {
  readonly store: Store;
  readonly clock: ManualClock;
}

function keyOf(model: string, digit: number): string {
  return `${modelTag(model)}.${String(digit).padStart(64, '0')}`;
}

const KEY = keyOf('m', 1);
const KEYS = [KEY, keyOf('m', 2), keyOf('n', 1), keyOf('n', 2)];

function lasting(clock: ManualClock, change: Partial<Recording> = {}): Recording {
  return makeRecording({ storedAt: clock.now(), expiresAt: clock.now() + TTL_MS, ...change });
}

/** As the cache does it: a generation starts after a lookup. */
async function begin(store: Store, key: string): Promise<PurgeMark> {
  await store.get(key);
  return store.mark(key);
}

async function present(store: Store): Promise<boolean[]> {
  return Promise.all(KEYS.map(async (key) => (await store.get(key)) !== undefined));
}

async function fill({ store, clock }: StoreBench): Promise<void> {
  for (const key of KEYS) await store.set(key, lasting(clock), await begin(store, key));
}

/** What every store owes to the cache; `keeps` is false for a store that holds nothing. */
export function describeStore(name: string, keeps: boolean, open: () => Promise<StoreBench>): void {
  describe(name, () => {
    testRefusals(keeps, open);

    test('what is not there is not found', async () => {
      const { store } = await open();
      expect(await store.get(KEY)).toBeUndefined();
    });

    test('what was set is found, equal in every part', async () => {
      const { store, clock } = await open();
      const body = lasting(clock);
      const stream = makeStream(['data: é\n\n', 'data: [DONE]\n\n'], { expiresAt: clock.now() + TTL_MS });
      expect(await store.set(KEY, body, await begin(store, KEY))).toBe(keeps);
      expect(await store.set(keyOf('m', 2), stream, await begin(store, keyOf('m', 2)))).toBe(keeps);
      expect(await store.get(KEY)).toEqual(keeps ? body : undefined);
      expect(await store.get(keyOf('m', 2))).toEqual(keeps ? stream : undefined);
    });

    test('a large answer is found as it was', async () => {
      const { store, clock } = await open();
      const large = lasting(clock, { bytes: Buffer.alloc(300_000, 'x') });
      await store.set(KEY, large, await begin(store, KEY));
      expect(await store.get(KEY)).toEqual(keeps ? large : undefined);
    });

    test('the last one set is the one found', async () => {
      const { store, clock } = await open();
      await store.set(KEY, lasting(clock, { endpoint: 'first' }), await begin(store, KEY));
      await store.set(KEY, lasting(clock, { endpoint: 'second' }), await begin(store, KEY));
      expect((await store.get(KEY))?.endpoint).toBe(keeps ? 'second' : undefined);
    });

    test('an entry stays for the stale time past its end, and not longer', async () => {
      const { store, clock } = await open();
      await store.set(KEY, lasting(clock), await begin(store, KEY));
      clock.advance(TTL_MS + STALE_MS - 1);
      expect((await store.get(KEY)) !== undefined).toBe(keeps);
      clock.advance(1);
      expect(await store.get(KEY)).toBeUndefined();
    });

    test.each([
      ['everything', '', [false, false, false, false]],
      ['a model', `${modelTag('m')}.`, [false, false, true, true]],
      ['a key', KEY, [false, true, true, true]],
    ])('a purge of %s removes it, reports which and how many, and leaves the rest', async (_, prefix, left) => {
      const bench = await open();
      await fill(bench);
      const removed: string[] = [];
      const result = await bench.store.purge(prefix, (key) => removed.push(key));
      const expected = keeps ? KEYS.filter((_key, index) => !left[index]) : [];
      expect(result).toEqual({ deleted: expected.length, complete: true });
      expect(removed.toSorted()).toEqual(expected.toSorted());
      expect(await present(bench.store)).toEqual(left.map((stays) => keeps && stays));
    });

    test.each([
      ['everything', ''],
      ['its model', `${modelTag('m')}.`],
      ['its key', KEY],
    ])('what began before a purge of %s never appears, what begins after it does', async (_, prefix) => {
      const { store, clock } = await open();
      const before = await begin(store, KEY);
      await store.purge(prefix);
      const after = await begin(store, KEY);
      await store.set(KEY, lasting(clock, { endpoint: 'old' }), before);
      expect(await store.get(KEY)).toBeUndefined();
      await store.set(KEY, lasting(clock, { endpoint: 'new' }), after);
      expect((await store.get(KEY))?.endpoint).toBe(keeps ? 'new' : undefined);
    });

    test('a purge that finds nothing deletes nothing', async () => {
      const { store } = await open();
      const removed: string[] = [];
      for (const prefix of ['', `${modelTag('m')}.`, KEY]) {
        expect(await store.purge(prefix, (key) => removed.push(key))).toEqual({ deleted: 0, complete: true });
      }
      expect(removed).toEqual([]);
    });
  });
}

/** What every store owes to an answer that its provider has deleted. */
export function describeForgetting(name: string, keeps: boolean, open: () => Promise<StoreBench>): void {
  describe(`${name}: forgotten answers`, () => {
    test('a forgotten answer leaves with every entry that holds it, and with no other', async () => {
      const { store, clock } = await open();
      const answers = [
        { answerId: 'resp_1', kept: true },
        { answerId: 'resp_1', kept: true },
        { answerId: 'resp_2', kept: true },
        { answerId: 'resp_1', kept: false },
      ];
      for (const [index, key] of KEYS.entries()) {
        await store.set(key, lasting(clock, answers[index]), await begin(store, key));
      }
      await store.forgetAnswer('resp_1');
      expect(await present(store)).toEqual([false, false, keeps, keeps]);
      await store.forgetAnswer('resp_1');
      await store.forgetAnswer('resp_3');
      expect(await present(store)).toEqual([false, false, keeps, keeps]);
    });

    test('what began before its answer was forgotten never appears under that key', async () => {
      const { store, clock } = await open();
      const answer = { answerId: 'resp_1', kept: true };
      const before = await begin(store, KEY);
      await store.set(KEY, lasting(clock, answer), before);
      await store.forgetAnswer('resp_1');
      await store.set(KEY, lasting(clock, answer), before);
      expect(await store.get(KEY)).toBeUndefined();
      await store.set(KEY, lasting(clock, answer), await begin(store, KEY));
      expect((await store.get(KEY)) !== undefined).toBe(keeps);
    });
  });
}

function testRefusals(keeps: boolean, open: () => Promise<StoreBench>): void {
  test('a refusal takes no answer’s place, an answer takes its place, and it leaves at its end', async () => {
    const { store, clock } = await open();
    const refusal = lasting(clock, { refusal: { status: 400, request: 'ab' } });
    const kindOf = async (): Promise<unknown> => {
      const found = await store.get(KEY);
      return found && (found.refusal ? 'refusal' : 'answer');
    };
    await store.set(KEY, refusal, await begin(store, KEY));
    expect(await kindOf()).toBe(keeps ? 'refusal' : undefined);
    await store.set(KEY, lasting(clock), await begin(store, KEY));
    expect(await store.set(KEY, refusal, await begin(store, KEY))).toBe(false);
    expect(await kindOf()).toBe(keeps ? 'answer' : undefined);
    await store.purge(KEY);
    await store.set(KEY, lasting(clock, { refusal: { status: 400, request: 'ab' } }), await begin(store, KEY));
    clock.advance(TTL_MS);
    expect(await kindOf()).toBeUndefined();
  });
}
