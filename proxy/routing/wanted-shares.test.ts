import { expect, test } from 'vitest';
import type { StrategyName } from './strategy.ts';
import type { Endpoint } from './types.ts';
import { eject, endpoint, routerOf, send } from './routing.fixture.ts';

const price = (input: number) => ({ price: { input, output: 0 } });

function wantedOf(strategy: StrategyName, endpoints: readonly Endpoint[]): unknown {
  return Object.fromEntries(routerOf(endpoints, { strategy }).router.wantedShares());
}

test('shares follow the weights, or not where the strategy goes by turns', () => {
  const endpoints = [endpoint('a', { weight: 3 }), endpoint('b'), endpoint('reserve', { weight: 0 })];
  for (const strategy of ['weighted', 'sticky', 'random'] as const)
    expect(wantedOf(strategy, endpoints)).toEqual({ a: 0.75, b: 0.25, reserve: 0 });
  expect(wantedOf('round-robin', endpoints)).toEqual({ a: 0.5, b: 0.5, reserve: 0 });
  expect(wantedOf('weighted', [endpoint('reserve', { weight: 0 })])).toEqual({ reserve: 1 });
});

test('the cheapest get all, by weight; what is measured has no share before', () => {
  const endpoints = [endpoint('a', price(2)), endpoint('b', { ...price(1), weight: 3 }), endpoint('c', price(1))];
  expect(wantedOf('cheapest', endpoints)).toEqual({ a: 0, b: 0.75, c: 0.25 });
  expect(wantedOf('fastest', endpoints)).toEqual({ a: null, b: null, c: null });
  expect(wantedOf('least-busy', [endpoint('a')])).toEqual({ a: 1 });
});

test('the first tier that admits has all, less in slow start', () => {
  const tiers = [endpoint('a'), endpoint('b'), endpoint('c', { priority: 2 })];
  const { router, clock } = routerOf(tiers);
  const wanted = (): unknown => [...router.wantedShares().values()];
  expect(wanted()).toEqual([0.5, 0.5, 0]);
  eject(router, 'b');
  expect(wanted()).toEqual([1, 0, 0]);
  router.ejectByHand('a', 60_000, 'ada');
  expect(wanted()).toEqual([0, 0, 1]);
  clock.advance(30_000);
  send(router);
  expect(wanted()).toEqual([0, 1, 0]);
  router.admitByHand('a', 'ada');
  const [a, b] = [...router.wantedShares().values()];
  expect(a).toBeCloseTo(1 / 1.1);
  expect(b).toBeCloseTo(0.1 / 1.1);
});

test('shares that are wanted are those that are got', () => {
  const { router } = routerOf([endpoint('a', { weight: 5 }), endpoint('b', { weight: 2 }), endpoint('c')]);
  const got = { a: 0, b: 0, c: 0 };
  for (let turn = 0; turn < 800; turn += 1) got[send(router) as 'a' | 'b' | 'c'] += 1 / 800;
  for (const [id, wanted] of router.wantedShares()) expect(got[id as 'a' | 'b' | 'c']).toBeCloseTo(wanted ?? 0);
});
