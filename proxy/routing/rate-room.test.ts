import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { eject, endpoint, leaseOn, routerOf, send } from './routing.fixture.ts';
import { RateRoom, RateRooms } from './rate-room.ts';
import type { Router } from './router.ts';
import type { StrategyName } from './strategy.ts';
import type { Endpoint, RateLimitReading } from './types.ts';

const reading = (remaining: number, more: Partial<RateLimitReading> = {}): RateLimitReading => ({
  name: 'requests',
  limit: 100,
  remaining,
  resetMs: 10_000,
  ...more,
});

function room() {
  const clock = new ManualClock();
  return { clock, room: new RateRoom(clock) };
}

test('nothing is held back before an answer has said something', () => {
  const { room: fresh } = room();
  for (let index = 0; index < 1_000; index += 1) fresh.begin();
  expect([fresh.isOpen, fresh.share, fresh.stats()]).toEqual([true, 1, {}]);
});

test('requests that were sent since count as taken', () => {
  const { room: one } = room();
  const place = one.begin();
  one.saw([reading(3)], place);
  expect([one.isOpen, one.share]).toEqual([true, 0.03]);
  one.begin();
  one.begin();
  expect(one.isOpen).toBe(true);
  one.begin();
  expect([one.isOpen, one.share]).toEqual([false, 0.01]);
  expect(one.stats()).toEqual({ requests: { limit: 100, remaining: 0 } });
});

test('a limit is over when it begins anew, and after a minute at the latest', () => {
  const { clock, room: one } = room();
  one.saw([reading(0), reading(0, { name: 'tokens', resetMs: 3_600_000 })], one.begin());
  clock.advance(59_999);
  expect(one.isOpen).toBe(false);
  clock.advance(1);
  expect([one.isOpen, one.share]).toEqual([true, 1]);
});

test('the scarcest limit decides', () => {
  const { room: one } = room();
  one.saw([reading(90), reading(2_000, { name: 'tokens', limit: 10_000 })], one.begin());
  expect(one.share).toBe(0.2);
});

test('what a request takes of the tokens is learnt: the last one that would not fit is not sent', () => {
  const { room: one } = room();
  const tokens = (remaining: number) => [reading(remaining, { name: 'tokens', limit: 10_000 })];
  one.saw(tokens(2_500), one.begin());
  one.saw(tokens(1_500), one.begin());
  expect(one.isOpen).toBe(true);
  one.begin();
  expect(one.isOpen).toBe(false);
});

test('an answer that was overtaken says nothing', () => {
  const { room: one } = room();
  const [first, second] = [one.begin(), one.begin()];
  one.saw([reading(5)], second);
  one.saw([reading(60)], first);
  expect(one.share).toBe(0.05);
});

test('endpoints with one key and one model share their room, others do not', () => {
  const rooms = new RateRooms(new ManualClock());
  const key = (value: string) => ({ origin: 'http://x', credential: { kind: 'key', value } }) as const;
  const a = rooms.of(endpoint('a', key('k1')), 'm');
  expect(rooms.of(endpoint('b', key('k1')), 'm')).toBe(a);
  expect(rooms.of(endpoint('b', { ...key('k1'), upstreamModel: 'm' }), 'n')).toBe(a);
  expect(rooms.of(endpoint('c', key('k2')), 'm')).not.toBe(a);
  expect(rooms.of(endpoint('d', key('k1')), 'n')).not.toBe(a);
});

function shared(endpoints: readonly Endpoint[], strategy: StrategyName = 'weighted') {
  const clock = new ManualClock();
  const rooms = new RateRooms(clock);
  const says = (router: Router, id: string, remaining: number): void => {
    const lease = leaseOn(router, id);
    lease.rateLimits?.([reading(remaining)]);
    lease.release({ kind: 'ok' });
  };
  return { ...routerOf(endpoints, { strategy, clock, rooms }), says };
}

const counted = (router: Router, turns: number): Record<string, number> => {
  const chosen: Record<string, number> = {};
  for (let turn = 0; turn < turns; turn += 1) {
    const lease = router.acquire({ stickyKey: `k${turn}` }, new Set());
    lease?.release({ kind: 'ok' });
    const id = lease?.endpoint.id ?? '';
    chosen[id] = (chosen[id] ?? 0) + 1;
  }
  return chosen;
};

test('shares follow weights and what is left', () => {
  const { router, says } = shared([endpoint('a', { weight: 2 }), endpoint('b')]);
  says(router, 'a', 100);
  says(router, 'b', 50);
  // Eight requests take little of a hundred.
  const chosen = counted(router, 8);
  expect(chosen['a']).toBeGreaterThanOrEqual(6);
  expect(chosen['b']).toBeGreaterThanOrEqual(1);
});

test.each<StrategyName>(['weighted', 'round-robin', 'random', 'least-busy', 'fastest', 'cheapest', 'sticky'])(
  '%s leaves an endpoint without room out until its limit begins anew',
  (strategy) => {
    const free = { price: { input: 0, output: 0 } };
    const { router, says, clock } = shared([endpoint('a', free), endpoint('b')], strategy);
    says(router, 'a', 0);
    expect(counted(router, 20)).toEqual({ b: 20 });
    clock.advance(10_000);
    expect(counted(router, 20)['a']).toBeGreaterThan(0);
  },
);

test('where no endpoint has room the request is not refused, and one that is out is not asked in its place', () => {
  const { router, says } = shared([endpoint('a'), endpoint('b'), endpoint('c')]);
  eject(router, 'c');
  says(router, 'a', 0);
  says(router, 'b', 0);
  const chosen = counted(router, 10);
  expect(Object.keys(chosen).toSorted()).toEqual(['a', 'b']);
});

test('a tier without room leaves its requests to the next one', () => {
  const { router, says } = shared([endpoint('a'), endpoint('b', { priority: 2 })]);
  expect(send(router)).toBe('a');
  says(router, 'a', 0);
  expect(send(router)).toBe('b');
});

test('stickiness does not follow what is left as long as something is', () => {
  const { router, says } = shared([endpoint('a'), endpoint('b')], 'sticky');
  const before = counted(router, 50);
  says(router, 'a', 90);
  expect(counted(router, 50)).toEqual(before);
});

test('without the setting answers say nothing, and statistics have no member for it', () => {
  const { router } = routerOf([endpoint('a')]);
  expect(leaseOn(router, 'a').rateLimits).toBeUndefined();
  expect(router.stats()[0]).not.toHaveProperty('rate_limits');
  const { router: on, says } = shared([endpoint('a')]);
  says(on, 'a', 7);
  expect(on.stats()[0]?.rate_limits).toEqual({ requests: { limit: 100, remaining: 7 } });
});

test('what is known goes on under a new configuration', () => {
  const clock = new ManualClock();
  const rooms = new RateRooms(clock);
  const first = routerOf([endpoint('a'), endpoint('b')], { clock, rooms }).router;
  leaseOn(first, 'a').rateLimits?.([reading(0)]);
  const second = routerOf([endpoint('a'), endpoint('b')], { clock, rooms }).router;
  second.inheritFrom(first);
  expect(counted(second, 5)).toEqual({ b: 5 });
});
