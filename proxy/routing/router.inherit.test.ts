import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { eject, endpoint, hit, leaseOn, routerOf, send, stateOf } from './routing.fixture.ts';
import type { Router } from './router.ts';

function reload(before: Router, clock: ManualClock, endpoints: Parameters<typeof routerOf>[0], rest = {}): Router {
  const { router } = routerOf(endpoints, { clock, ...rest });
  router.inheritFrom(before);
  return router;
}

test('a new configuration goes on with health and counts of the endpoints that it keeps', () => {
  const { router: before, clock } = routerOf([endpoint('a'), endpoint('b'), endpoint('gone')]);
  hit(before, 'a', 'ok');
  eject(before, 'b');
  const after = reload(before, clock, [endpoint('a', { weight: 5 }), endpoint('b'), endpoint('new')]);
  expect(after.stats().map(({ id, weight, state, requests }) => [id, weight, state, requests])).toEqual([
    ['a', 5, 'admitting', 1],
    ['b', 1, 'ejected', 3],
    ['new', 1, 'admitting', 0],
  ]);
});

test('requests that began under the old configuration count in flight and give their verdict under the new one', () => {
  const { router: before, clock } = routerOf([endpoint('a'), endpoint('b')]);
  const lease = leaseOn(before, 'a');
  const after = reload(before, clock, [endpoint('a'), endpoint('b')], { strategy: 'least-busy' });
  expect([send(after), send(after)]).toEqual(['b', 'b']);
  lease.release({ kind: 'unauthorized' });
  expect(after.stats()[0]).toMatchObject({ in_flight: 0, state: 'ejected', failures: 1 });
});

test('an endpoint whose credential was mended starts healthy, with its counts', () => {
  const { router: before, clock } = routerOf([endpoint('a', { credential: { kind: 'key', value: 'sk-old' } })]);
  hit(before, 'a', 'unauthorized');
  const after = reload(before, clock, [endpoint('a', { credential: { kind: 'key', value: 'sk-new' } })]);
  expect(after.stats()[0]).toMatchObject({ state: 'admitting', requests: 1, failures: 1 });
});

test('the new settings apply to what happens from now on', () => {
  const { router: before, clock } = routerOf([endpoint('a')]);
  const after = reload(before, clock, [endpoint('a')], { settings: { allowedFails: 1, cooldownMs: 5_000 } });
  hit(after, 'a', 'cut');
  expect([stateOf(after, 'a'), after.refusal({}).retryAfterMs]).toEqual(['ejected', 5_000]);
});

test('changes are reported to the new configuration only, and the old one leaves the shared state', () => {
  const reports: string[] = [];
  const ended: string[] = [];
  const clock = new ManualClock();
  const options = (name: string) => ({
    clock,
    onChange: () => reports.push(name),
    shared: { publish: () => undefined, subscribe: () => () => ended.push(name), load: async () => [] },
  });
  const { router: before } = routerOf([endpoint('a')], options('old'));
  const old = leaseOn(before, 'a');
  reload(before, clock, [endpoint('a')], options('new'));
  old.release({ kind: 'unauthorized' });
  expect([reports, ended]).toEqual([['new'], ['old']]);
});
