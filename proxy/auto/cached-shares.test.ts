import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { SharedStore } from '../routing/affinity.ts';
import { CachedShares } from './cached-shares.ts';

class FakeStore implements SharedStore {
  readonly entries = new Map<string, string>();
  asked = 0;

  get(key: string): Promise<string | undefined> {
    this.asked += 1;
    return Promise.resolve(this.entries.get(key));
  }

  set(key: string, value: string): void {
    this.entries.set(key, value);
  }
}

const MINUTE = 60_000;

/** Lets what waits for promises alone go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a share is known from the first report, rounded to a tenth, of this principal and prefix alone', () => {
  const shares = new CachedShares({ clock: new ManualClock() });
  expect(shares.of('ada', 'p')).toBeUndefined();
  shares.learn('ada', 'p', { input: 1_000, cached: 640 });
  expect(shares.of('ada', 'p')).toBe(0.6);
  expect(shares.of('bob', 'p')).toBeUndefined();
  expect(shares.of('ada', 'q')).toBeUndefined();
  expect(shares.of('ad', 'ap')).toBeUndefined();
});

test('it changes once a minute at most, to what was reported since', async () => {
  const clock = new ManualClock();
  const shares = new CachedShares({ clock });
  shares.learn('ada', 'p', { input: 1_000, cached: 0 });
  shares.learn('ada', 'p', { input: 1_000, cached: 1_000 });
  clock.advance(MINUTE - 1);
  shares.learn('ada', 'p', { input: 1_000, cached: 1_000 });
  await turn();
  expect(shares.of('ada', 'p')).toBe(0);
  clock.advance(1);
  shares.learn('ada', 'p', { input: 2_000, cached: 0 });
  await turn();
  expect(shares.of('ada', 'p')).toBe(0.5);
});

test.each([
  { input: 0, cached: 0 },
  { input: Number.NaN, cached: 1 },
  { input: 10, cached: -1 },
])('%o says nothing', (reported) => {
  const shares = new CachedShares({ clock: new ManualClock() });
  shares.learn('ada', 'p', reported);
  expect(shares.of('ada', 'p')).toBeUndefined();
});

test('more cached than read counts as all of it', () => {
  const shares = new CachedShares({ clock: new ManualClock() });
  shares.learn('ada', 'p', { input: 10, cached: 30 });
  expect(shares.of('ada', 'p')).toBe(1);
});

test('the least recently used pair goes first', () => {
  const shares = new CachedShares({ clock: new ManualClock(), maxPairs: 2 });
  for (const prefix of ['a', 'b']) shares.learn('ada', prefix, { input: 10, cached: 1 });
  void shares.of('ada', 'a');
  shares.learn('ada', 'c', { input: 10, cached: 1 });
  expect(['a', 'b', 'c'].map((prefix) => shares.of('ada', prefix))).toEqual([0.1, undefined, 0.1]);
});

test('another replica asks the shared store once a minute, also for what none has learned', async () => {
  const clock = new ManualClock();
  const shared = new FakeStore();
  const [one, two] = [new CachedShares({ clock, shared }), new CachedShares({ clock, shared })];
  one.learn('ada', 'p', { input: 10, cached: 9 });
  expect(await Promise.all([two.of('ada', 'p'), two.of('ada', 'p')])).toEqual([0.9, 0.9]);
  expect(two.of('ada', 'p')).toBe(0.9);
  expect(await two.of('ada', 'q')).toBeUndefined();
  expect(two.of('ada', 'q')).toBeUndefined();
  expect(shared.asked).toBe(2);
  clock.advance(MINUTE);
  one.learn('ada', 'p', { input: 10, cached: 2 });
  await turn();
  expect(await two.of('ada', 'p')).toBe(0.2);
});

test('what another replica has changed counts for the next minute', async () => {
  const clock = new ManualClock();
  const shared = new FakeStore();
  const [one, two] = [new CachedShares({ clock, shared }), new CachedShares({ clock, shared })];
  one.learn('ada', 'p', { input: 10, cached: 5 });
  await two.of('ada', 'p');
  clock.advance(MINUTE);
  one.learn('ada', 'p', { input: 10, cached: 9 });
  await turn();
  two.learn('ada', 'p', { input: 10, cached: 1 });
  await turn();
  expect([one.of('ada', 'p'), two.of('ada', 'p')]).toEqual([0.9, 0.9]);
});

test('a store that is silent or broken is waited for 50 ms at most, and changes nothing', async () => {
  const clock = new ManualClock();
  const silent: SharedStore = { get: () => new Promise(() => undefined), set: () => undefined };
  const shares = new CachedShares({ clock, shared: silent });
  shares.learn('ada', 'p', { input: 10, cached: 4 });
  clock.advance(MINUTE);
  const waiting = shares.of('ada', 'p');
  clock.advance(50);
  expect(await waiting).toBe(0.4);
  const broken: SharedStore = {
    get: () => Promise.reject(new Error('away')),
    set: () => {
      throw new Error('away');
    },
  };
  const others = new CachedShares({ clock, shared: broken });
  others.learn('ada', 'p', { input: 10, cached: 4 });
  expect(others.of('ada', 'p')).toBe(0.4);
  expect(await others.of('ada', 'q')).toBeUndefined();
});

test.each(['2', '-0.1', 'x', ''])('%j in the shared store is no share', async (text) => {
  const shares = new CachedShares({
    clock: new ManualClock(),
    shared: { get: () => Promise.resolve(text), set: () => undefined },
  });
  expect(await shares.of('ada', 'p')).toBeUndefined();
});
