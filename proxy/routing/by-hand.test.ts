import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { HandEjection, handName, idInHandName, LONGEST_HAND_EJECTION_MS, readHandChange } from './by-hand.ts';
import { eject, endpoint, hit, routerOf, send, stateOf } from './routing.fixture.ts';
import type { Router } from './router.ts';
import type { SharedChange, SharedHealth } from './shared-health.ts';

const MINUTE = 60_000;

function idsOf(router: Router, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => send(router));
}

/** Keeps and hands on what is published, as JSON. */
class Bus implements SharedHealth {
  readonly kept = new Map<string, unknown>();
  readonly #listeners = new Set<(endpoint: string, change: unknown) => void>();

  publish(name: string, change: SharedChange, ttlMs: number): void {
    if (ttlMs > 0) this.kept.set(name, change);
    else this.kept.delete(name);
    for (const listener of this.#listeners) listener(name, JSON.parse(JSON.stringify(change)));
  }

  subscribe(listener: (endpoint: string, change: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async load(): Promise<Map<string, unknown>> {
    return this.kept;
  }
}

test('an endpoint that is ejected by hand gets no request until its time is over, and then its whole share', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')]);
  const since = new Date(clock.now()).toISOString();
  router.ejectByHand('b', 10 * MINUTE, 'ada');
  expect(idsOf(router, 4)).toEqual(['a', 'a', 'a', 'a']);
  const until = new Date(clock.now() + 10 * MINUTE).toISOString();
  expect(router.stats()[1]).toMatchObject({
    state: 'ejected',
    ejected_until: until,
    ejected_by_hand: { at: since, until, by: 'ada' },
  });
  clock.advance(10 * MINUTE - 1);
  expect(idsOf(router, 4)).toEqual(['a', 'a', 'a', 'a']);
  clock.advance(1);
  expect(idsOf(router, 4).filter((id) => id === 'b')).toHaveLength(2);
  expect(router.stats()[1]).toMatchObject({ state: 'admitting', ejected_until: null });
  expect(router.stats()[1]).not.toHaveProperty('ejected_by_hand');
});

test('neither failover nor the owner of an id nor a model without another endpoint brings a request to it', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')]);
  router.ejectByHand('b', MINUTE, 'ada');
  expect(send(router, 'ok', {}, ['a'])).toBeUndefined();
  expect(send(router, 'ok', { ownerId: 'b' })).toBe('a');
  router.ejectByHand('a', 2 * MINUTE, 'ada');
  expect(send(router)).toBeUndefined();
  expect(router.refusal({})).toEqual({ retryAfterMs: MINUTE, callersLimit: false });
});

test('no probe and no health check ends it, and none is made', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')]);
  eject(router, 'b');
  router.ejectByHand('b', 10 * MINUTE, 'ada');
  clock.advance(5 * MINUTE);
  expect(router.beginCheck('b', true)).toBeUndefined();
  expect(idsOf(router, 3)).toEqual(['a', 'a', 'a']);
  expect(stateOf(router, 'b')).toBe('ejected');
  clock.advance(5 * MINUTE);
  // What it was ejected for before has to be disproved still.
  expect(router.acquire({}, new Set())).toMatchObject({ endpoint: { id: 'b' }, probe: true });
});

test('a good answer of a request that was under way changes nothing', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')]);
  const lease = router.acquire({}, new Set(['a']));
  router.ejectByHand('b', MINUTE, 'ada');
  lease?.release({ kind: 'ok' });
  expect(idsOf(router, 2)).toEqual(['a', 'a']);
});

test('to admit ends it and every other ejection and pause', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')], { model: 'm' });
  hit(router, 'b', 'unauthorized');
  router.acquire({ model: 'm', operation: 'embeddings' }, new Set(['a']))?.release({ kind: 'ok' });
  const request = { model: 'm', operation: 'chat.completions' };
  router.acquire(request, new Set(['b']))?.release({ kind: 'model_not_here' });
  router.ejectByHand('b', MINUTE, 'ada');
  router.admitByHand('b', 'ada');
  router.admitByHand('a', 'ada');
  expect(router.stats().map(({ state, models_out: out }) => [state, out])).toEqual([
    ['admitting', []],
    ['admitting', []],
  ]);
  expect(idsOf(router, 20)).toContain('b');
  expect(router.admitByHand('none', 'ada')).toBeUndefined();
  expect(router.ejectByHand('none', MINUTE, 'ada')).toBeUndefined();
});

test('the last endpoint that admits is known as such', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b'), endpoint('c')]);
  expect(router.othersAdmit('a')).toBe(true);
  eject(router, 'b');
  router.ejectByHand('c', MINUTE, 'ada');
  expect([router.othersAdmit('a'), router.othersAdmit('b')]).toEqual([false, true]);
});

test('it survives another configuration, also one in which the endpoint leads elsewhere', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')]);
  router.ejectByHand('b', 10 * MINUTE, 'ada');
  const same = routerOf([endpoint('a'), endpoint('b')], { clock }).router;
  same.inheritFrom(router);
  const elsewhere = routerOf([endpoint('a'), endpoint('b', { origin: 'http://elsewhere.test' })], { clock }).router;
  elsewhere.inheritFrom(same);
  expect(idsOf(elsewhere, 3)).toEqual(['a', 'a', 'a']);
  clock.advance(10 * MINUTE);
  expect(idsOf(elsewhere, 4)).toContain('b');
});

test('replicas follow, those that begin later too, and all hear of the readmission', async () => {
  const shared = new Bus();
  const clock = new ManualClock();
  const reports: string[] = [];
  const replica = (name: string): Router =>
    routerOf([endpoint('a'), endpoint('b')], {
      shared,
      clock,
      onChange: ({ id }, { state }, origin) => reports.push(`${name}: ${id} ${state} ${origin}`),
    }).router;
  const [one, other] = [replica('one'), replica('other')];
  one.ejectByHand('b', 10 * MINUTE, 'ada');
  expect(idsOf(other, 3)).toEqual(['a', 'a', 'a']);
  const late = replica('late');
  await expect.poll(() => stateOf(late, 'b')).toBe('ejected');
  expect(late.stats()[1]?.ejected_by_hand?.by).toBe('ada');
  other.admitByHand('b', 'bob');
  expect([one, other, late].map((router) => stateOf(router, 'b'))).toEqual(['admitting', 'admitting', 'admitting']);
  expect(reports).toEqual([
    'one: b ejected local',
    'other: b ejected remote',
    'late: b ejected remote',
    'other: b admitting local',
    'one: b admitting remote',
    'late: b admitting remote',
  ]);
});

test('a readmission by hand ends at all replicas what each has found out by itself', () => {
  const shared = new Bus();
  const clock = new ManualClock();
  const [one, other] = [1, 2].map(() => routerOf([endpoint('a'), endpoint('b')], { shared, clock }).router) as [
    Router,
    Router,
  ];
  other.acquire({ model: 'm', operation: 'x' }, new Set(['a']))?.release({ kind: 'model_not_here' });
  eject(other, 'b');
  clock.advance(1);
  one.admitByHand('b', 'ada');
  expect([one, other].map((router) => stateOf(router, 'b'))).toEqual(['admitting', 'admitting']);
  expect(other.stats()[1]?.models_out).toEqual([]);
});

test('of two decisions the later one counts, whatever the order in which they come', () => {
  const clock = new ManualClock();
  const [mine, yours] = [new HandEjection(clock), new HandEjection(clock)];
  const first = yours.eject(MINUTE, 'ada');
  const second = yours.admit('ada');
  expect([mine.apply(second), mine.apply(first), mine.isOut]).toEqual([true, false, false]);
  expect(mine.eject(MINUTE, 'bob').at).toBeGreaterThan(second.at);
  expect(yours.apply(mine.eject(5, 'bob'))).toBe(true);
  expect(yours.remainingMs).toBe(5);
});

test('no ejection is longer than a day, not even one that another replica asks for', () => {
  const clock = new ManualClock();
  const hand = new HandEjection(clock);
  hand.eject(Infinity, 'ada');
  expect(hand.remainingMs).toBe(LONGEST_HAND_EJECTION_MS);
  const until = clock.now() + 10 * LONGEST_HAND_EJECTION_MS;
  hand.apply({ hand: true, state: 'ejected', kind: 'by_hand', at: clock.now() + 5, until, by: 'x' });
  expect(hand.remainingMs).toBe(LONGEST_HAND_EJECTION_MS);
});

test('what is no decision is none', () => {
  const good = { hand: true, state: 'ejected', kind: 'by_hand', at: 1, until: 2, by: 'ada' };
  expect(readHandChange(good)).toEqual(good);
  expect(readHandChange({ hand: true, state: 'admitting', at: 1, by: 'a', more: 1 })).toEqual({
    hand: true,
    state: 'admitting',
    at: 1,
    by: 'a',
  });
  const bad = [{ at: '1' }, { until: -1 }, { by: 7 }, { by: 'x'.repeat(201) }, { state: 'probing' }, { hand: false }];
  for (const part of bad) expect(readHandChange({ ...good, ...part })).toBeUndefined();
  expect(readHandChange(7)).toBeUndefined();
  expect(idInHandName(handName('gpt 4/a b'))).toBe('gpt 4/a b');
});
