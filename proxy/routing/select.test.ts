import { expect, test } from 'vitest';

import { eject, endpoint, hit, leaseOn, routerOf, send, stateOf } from './routing.fixture.ts';
import type { StrategyName } from './strategy.ts';

const STRATEGY_NAMES: StrategyName[] = [
  'weighted',
  'round-robin',
  'least-busy',
  'fastest',
  'cheapest',
  'sticky',
  'random',
];

const three = () => [endpoint('a'), endpoint('b'), endpoint('c')];

test.each(STRATEGY_NAMES)('%s gives nothing to an endpoint of weight 0 while another one admits', (strategy) => {
  const { router } = routerOf(
    [endpoint('reserve', { weight: 0, price: { input: 0, output: 0 } }), endpoint('a'), endpoint('b')],
    { strategy },
  );
  const chosen = Array.from({ length: 50 }, (_, turn) => send(router, 'ok', { stickyKey: `k${turn}` }));
  expect(new Set(chosen)).toEqual(new Set(['a', 'b']));
});

test.each(STRATEGY_NAMES)('%s falls back to the endpoints of weight 0 when the others are out', (strategy) => {
  const { router } = routerOf([endpoint('r1', { weight: 0 }), endpoint('r2', { weight: 0 }), endpoint('a')], {
    strategy,
  });
  eject(router, 'a');
  const chosen = Array.from({ length: 50 }, (_, turn) => send(router, 'ok', { stickyKey: `k${turn}` }));
  expect(new Set(chosen)).toEqual(new Set(['r1', 'r2']));
});

test('within an exchange an endpoint of weight 0 comes after all others were tried', () => {
  const { router } = routerOf([endpoint('reserve', { weight: 0 }), endpoint('a'), endpoint('b')]);
  const tried: string[] = [];
  for (let id = send(router, 'busy'); id !== undefined; id = send(router, 'busy', {}, tried)) tried.push(id);
  expect(tried).toEqual(['a', 'b', 'reserve']);
});

test('an ejected endpoint gets nothing until its cooldown ends', () => {
  const { router, clock } = routerOf(three());
  eject(router, 'b');
  clock.advance(29_999);
  const chosen = Array.from({ length: 6 }, () => send(router));
  expect(chosen).not.toContain('b');
});

test('the first request after the cooldown probes, and the others meanwhile go elsewhere', () => {
  const { router, clock } = routerOf(three());
  eject(router, 'b');
  clock.advance(30_000);
  const probe = router.acquire({}, new Set());
  expect([probe?.endpoint.id, probe?.probe, stateOf(router, 'b')]).toEqual(['b', true, 'probing']);
  expect(Array.from({ length: 8 }, () => send(router))).not.toContain('b');
  probe?.release({ kind: 'ok' });
  expect(stateOf(router, 'b')).toBe('admitting');
});

test('a second attempt does not probe: it goes where an answer is likely', () => {
  const { router, clock } = routerOf(three());
  eject(router, 'b');
  clock.advance(30_000);
  expect(send(router, 'ok', {}, ['a'])).toBe('c');
  expect(send(router, 'ok', {}, ['a', 'c'])).toBe('b');
});

test('an endpoint of weight 0 is not probed while another one admits', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('reserve', { weight: 0 })]);
  eject(router, 'reserve');
  const end = new Date(clock.now() + 30_000).toISOString();
  clock.advance(60_000);
  expect([send(router), send(router)]).toEqual(['a', 'a']);
  expect(router.stats()[1]).toMatchObject({ state: 'ejected', ejected_until: end });
});

test('a probe whose client left lets the next request probe', () => {
  const { router, clock } = routerOf(three());
  eject(router, 'b');
  clock.advance(30_000);
  expect([send(router, 'client_left'), stateOf(router, 'b')]).toEqual(['b', 'ejected']);
  expect([send(router, 'ok'), stateOf(router, 'b')]).toEqual(['b', 'admitting']);
});

test('after a probe the endpoint gets its share back step by step, without dice', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')]);
  const sharesOfB = () => Array.from({ length: 110 }, () => send(router)).filter((id) => id === 'b').length;
  eject(router, 'b');
  clock.advance(30_000);
  send(router);
  const first = sharesOfB();
  clock.advance(15_000);
  const second = sharesOfB();
  clock.advance(15_000);
  expect([first, second, sharesOfB()]).toEqual([10, 39, 55]);
});

test('when no endpoint admits, the one whose ejection ends first is tried, by all requests', () => {
  const { router, clock } = routerOf(three());
  eject(router, 'c');
  clock.advance(1_000);
  eject(router, 'a');
  eject(router, 'b');
  const leases = Array.from({ length: 5 }, () => router.acquire({}, new Set()));
  expect(leases.map((lease) => [lease?.endpoint.id, lease?.probe])).toEqual(leases.map(() => ['c', true]));
  expect(send(router, 'cut', {}, ['c'])).toBe('a');
});

test('the only endpoint of a model is tried even while ejected, also beside a running probe', () => {
  const { router, clock } = routerOf([endpoint('a')]);
  eject(router, 'a');
  expect(send(router, 'cut')).toBe('a');
  clock.advance(30_000);
  const probe = router.acquire({}, new Set());
  expect(send(router, 'cut')).toBe('a');
  probe?.release({ kind: 'ok' });
  expect(stateOf(router, 'a')).toBe('admitting');
});

test('endpoints out for credential or quota are tried after those that merely failed', () => {
  const { router, clock } = routerOf(three());
  hit(router, 'a', 'unauthorized');
  hit(router, 'b', 'insufficient_quota');
  clock.advance(290_000);
  eject(router, 'c');
  expect(send(router, 'cut')).toBe('c');
  expect(send(router, 'unauthorized', {}, ['c'])).toBe('a');
});

test('no endpoint is called before the time that a 429 asked for, and the refusal says how long that is', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')]);
  hit(router, 'a', { kind: 'rate_limited', retryAfterMs: 9_000 });
  expect(router.refusal({}).retryAfterMs).toBe(0);
  hit(router, 'b', { kind: 'rate_limited', retryAfterMs: 4_000 });
  expect(router.acquire({}, new Set())).toBeUndefined();
  expect(router.refusal({}).retryAfterMs).toBe(4_000);
  clock.advance(4_000);
  expect(router.refusal({}).retryAfterMs).toBe(0);
  expect(send(router)).toBe('b');
});

test('a 429 without retry-after is a failure like others when no endpoint admits', () => {
  const { router } = routerOf([endpoint('a')]);
  hit(router, 'a', 'rate_limited');
  expect([send(router, 'cut'), router.refusal({}).retryAfterMs]).toEqual(['a', 30_000]);
});

test('an exchange whose other endpoints asked for patience gets nothing more', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')]);
  hit(router, 'b', { kind: 'rate_limited', retryAfterMs: 9_000 });
  expect(send(router, 'server_error')).toBe('a');
  expect(send(router, 'ok', {}, ['a'])).toBeUndefined();
});

test('the owner of an id comes first, even with weight 0 and even after mere failures', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b'), endpoint('reserve', { weight: 0 })]);
  expect(send(router, 'ok', { ownerId: 'reserve' })).toBe('reserve');
  eject(router, 'b');
  const lease = router.acquire({ ownerId: 'b' }, new Set());
  expect([lease?.endpoint.id, lease?.probe]).toEqual(['b', true]);
});

test.each([
  { kind: 'unauthorized' },
  { kind: 'insufficient_quota' },
  { kind: 'rate_limited', retryAfterMs: 5_000 },
] as const)('an owner that is out for $kind is passed over', (outcome) => {
  const { router } = routerOf([endpoint('a'), endpoint('b')]);
  hit(router, 'b', outcome);
  expect([send(router, 'ok', { ownerId: 'b' }), send(router, 'ok', { ownerId: 'b' })]).toEqual(['a', 'a']);
});

test('an owner that was tried, or that is not of this model, does not count', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')]);
  expect(send(router, 'ok', { ownerId: 'b' }, ['b'])).toBe('a');
  expect(send(router, 'ok', { ownerId: 'elsewhere' })).toBeDefined();
});

test('after a prompt was too long only endpoints with a known larger window are left', () => {
  const { router } = routerOf([
    endpoint('small', { contextWindow: 8_000 }),
    endpoint('unknown'),
    endpoint('large', { contextWindow: 128_000 }),
  ]);
  expect(send(router, 'ok', { contextLargerThan: 8_000 }, ['small'])).toBe('large');
  expect(send(router, 'ok', { contextLargerThan: 8_000 }, ['small', 'large'])).toBeUndefined();
  expect(send(router, 'ok', { contextLargerThan: 0, ownerId: 'unknown' }, [])).toBe('small');
});

test('requests in flight are what least-busy goes by', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')], { strategy: 'least-busy' });
  const lease = leaseOn(router, 'a');
  expect([send(router), send(router), send(router)]).toEqual(['b', 'b', 'b']);
  lease.release({ kind: 'ok' });
});

test('times to the first event are what fastest goes by', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b')], { strategy: 'fastest' });
  for (const [id, ms] of [
    ['a', 800],
    ['b', 90],
  ] as const) {
    const lease = leaseOn(router, id);
    lease.firstEvent(ms);
    lease.release({ kind: 'ok' });
  }
  expect(new Set(Array.from({ length: 20 }, () => send(router)))).toEqual(new Set(['b']));
});
