import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { OUTCOMES, type OutcomeKind } from '../core/outcome.ts';
import type { SharedChange } from './shared-health.ts';
import { eject, endpoint, hit, leaseOn, routerOf, send } from './routing.fixture.ts';
import type { StrategyName } from './strategy.ts';
import type { Lease } from './types.ts';

const kinds = fc.constantFrom(...(Object.keys(OUTCOMES) as OutcomeKind[]));
const strategies = fc.constantFrom<StrategyName>(
  'weighted',
  'round-robin',
  'least-busy',
  'fastest',
  'cheapest',
  'sticky',
  'random',
);

test('an exchange never gets an endpoint twice, whatever happens', () => {
  const exchanges = fc.array(fc.record({ kinds: fc.array(kinds, { maxLength: 6 }), wait: fc.nat(60_000) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(
      strategies,
      fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
      exchanges,
      (strategy, weights, all) => {
        const { router, clock } = routerOf(
          weights.map((weight, index) => endpoint(`e${index}`, { weight })),
          { strategy },
        );
        for (const { kinds, wait } of all) {
          const tried: string[] = [];
          for (const kind of kinds) {
            const id = send(router, kind, { stickyKey: kind, ownerId: 'e0' }, tried);
            if (id === undefined) break;
            tried.push(id);
          }
          expect(new Set(tried).size).toBe(tried.length);
          clock.advance(wait);
        }
      },
    ),
  );
});

test('without a retry-after to wait for, a fresh exchange always gets an endpoint', () => {
  fc.assert(
    fc.property(
      strategies,
      fc.array(fc.record({ kind: kinds, wait: fc.nat(20_000) }), { maxLength: 60 }),
      (strategy, all) => {
        const { router, clock } = routerOf([endpoint('a'), endpoint('b', { weight: 0 })], { strategy });
        for (const { kind, wait } of all) {
          expect(send(router, kind)).toBeDefined();
          clock.advance(wait);
        }
      },
    ),
  );
});

test('leases balance to zero in any order of release, however often each is released', () => {
  const steps = fc.array(fc.record({ acquire: fc.boolean(), pick: fc.nat(), kind: kinds }), { maxLength: 80 });
  fc.assert(
    fc.property(strategies, steps, (strategy, steps) => {
      const { router } = routerOf([endpoint('a', { weight: 2 }), endpoint('b'), endpoint('c')], { strategy });
      const out: Lease[] = [];
      for (const { acquire, pick, kind } of steps) {
        if (acquire) out.push(router.acquire({}, new Set())!);
        else out.splice(pick % Math.max(1, out.length), 1)[0]?.release({ kind });
        expect(router.stats().reduce((sum, stats) => sum + stats.in_flight, 0)).toBe(out.length);
      }
      for (const lease of [...out, ...out]) lease.release({ kind: 'ok' });
      expect(router.stats().map((stats) => stats.in_flight)).toEqual([0, 0, 0]);
    }),
  );
});

test('only the first release and the first first event of a lease count', () => {
  const { router } = routerOf([endpoint('a')]);
  const lease = leaseOn(router, 'a');
  lease.firstEvent(100);
  lease.firstEvent(9_000);
  lease.release({ kind: 'ok' });
  lease.release({ kind: 'unauthorized' });
  lease.firstEvent(9_000);
  expect(router.stats()[0]).toMatchObject({
    state: 'admitting',
    requests: 1,
    failures: 0,
    ttft_ms: { p50: 103, p99: 103 },
  });
});

test('statistics show what an endpoint did, in JSON', () => {
  const { router, clock } = routerOf([endpoint('a', { weight: 2 }), endpoint('b')]);
  const lease = leaseOn(router, 'a');
  lease.firstEvent(64);
  clock.advance(1_024);
  lease.release({ kind: 'ok' });
  hit(router, 'a', 'client_left');
  hit(router, 'a', { kind: 'unauthorized', status: 401, reason: 'The endpoint refuses its key.' });
  leaseOn(router, 'b');
  const at = new Date(clock.now()).toISOString();
  expect(JSON.parse(JSON.stringify(router.stats()))).toEqual([
    {
      id: 'a',
      provider: 'openai',
      base_url: 'http://a.test/v1',
      weight: 2,
      priority: 1,
      state: 'ejected',
      in_flight: 0,
      requests: 3,
      total_requests: 3,
      failures: 1,
      success_rate: 0.5,
      latency_ms: { p50: 1020, p95: 1020, p99: 1020 },
      ttft_ms: { p50: 64, p95: 64, p99: 64 },
      last_error: { at, kind: 'unauthorized', reason: 'The endpoint refuses its key.' },
      ejected_until: new Date(clock.now() + 300_000).toISOString(),
      operations_out: [],
      models_out: [],
    },
    {
      id: 'b',
      provider: 'openai',
      base_url: 'http://b.test/v1',
      weight: 1,
      priority: 1,
      state: 'admitting',
      in_flight: 1,
      requests: 1,
      total_requests: 1,
      failures: 0,
      success_rate: 1,
      latency_ms: null,
      ttft_ms: null,
      last_error: null,
      ejected_until: null,
      operations_out: [],
      models_out: [],
    },
  ]);
});

test('every ejection and readmission is reported, with the endpoint', () => {
  const reports: string[] = [];
  const onChange = (target: { id: string }, change: SharedChange, origin: string) =>
    reports.push(`${target.id} ${change.state} ${origin}`);
  const { router, clock } = routerOf([endpoint('a'), endpoint('b')], { onChange });
  eject(router, 'b');
  clock.advance(30_000);
  send(router);
  expect(reports).toEqual(['b ejected local', 'b admitting local']);
});

test('only the strategy sticky reads a key from the request, by prompt_cache_key unless configured otherwise', () => {
  const facts = { promptCacheKey: 'p', user: 'u' };
  const keyOf = (rest: Parameters<typeof routerOf>[1]) =>
    routerOf([endpoint('a')], rest).router.stickyKey(facts, () => undefined);
  expect(keyOf({ strategy: 'sticky' })).toBe('p');
  expect(keyOf({ strategy: 'sticky', stickyBy: { kind: 'user' } })).toBe('u');
  expect(keyOf({ strategy: 'weighted', stickyBy: { kind: 'user' } })).toBeUndefined();
});
