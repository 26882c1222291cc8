import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { OutcomeKind } from '../core/outcome.ts';
import { eject, endpoint, routerOf, send, stateOf } from './routing.fixture.ts';
import type { Router } from './router.ts';
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

interface Turn {
  readonly kind: OutcomeKind;
  readonly key: string;
  readonly firstEventMs: number;
}

const weights = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 });
const turns = fc.array(
  fc.record<Turn>({
    kind: fc.constantFrom('ok', 'client_error', 'client_left'),
    key: fc.string({ maxLength: 2 }),
    firstEventMs: fc.integer({ min: 1, max: 500 }),
  }),
  { minLength: 1, maxLength: 60 },
);

function tier(name: string, priority: number, all: readonly number[]) {
  return all.map((weight, index) =>
    endpoint(`${name}${index}`, { weight, priority, price: { input: index, output: weight } }),
  );
}

function choices(router: Router, all: readonly Turn[]): (string | undefined)[] {
  return all.map(({ kind, key, firstEventMs }) => {
    const lease = router.acquire({ stickyKey: key }, new Set());
    lease?.firstEvent(firstEventMs);
    lease?.release({ kind });
    return lease?.endpoint.id;
  });
}

test('while an endpoint of the first tier admits, every strategy chooses as if there were no other tier', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STRATEGY_NAMES), weights, weights, turns, (strategy, first, second, all) => {
      const alone = routerOf(tier('a', 1, first), { strategy });
      const tiered = routerOf([...tier('b', 2, second), ...tier('a', 1, first)], { strategy });
      expect(choices(tiered.router, all)).toEqual(choices(alone.router, all));
    }),
  );
});

test('once the first tier is out, every strategy chooses within the second as if it were the only one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STRATEGY_NAMES), weights, weights, turns, (strategy, first, second, all) => {
      const alone = routerOf(tier('b', 2, second), { strategy });
      const tiered = routerOf([...tier('a', 1, first), ...tier('b', 2, second)], { strategy });
      for (const index of first.keys()) eject(tiered.router, `a${index}`);
      expect(choices(tiered.router, all)).toEqual(choices(alone.router, all));
    }),
  );
});

test('within an exchange a tier comes after all endpoints of the one before, those in reserve included', () => {
  const { router } = routerOf([
    endpoint('c', { priority: 3 }),
    endpoint('b', { priority: 2 }),
    endpoint('reserve', { weight: 0 }),
    endpoint('a'),
  ]);
  const tried: string[] = [];
  for (let id = send(router, 'busy'); id !== undefined; id = send(router, 'busy', {}, tried)) tried.push(id);
  expect(tried).toEqual(['a', 'reserve', 'b', 'c']);
});

test('an endpoint of a later tier that is due for a probe is not asked while an earlier tier admits', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b', { priority: 2 })]);
  eject(router, 'b');
  clock.advance(30_000);
  expect(Array.from({ length: 4 }, () => send(router))).toEqual(['a', 'a', 'a', 'a']);
  expect(stateOf(router, 'b')).toBe('ejected');
});

test('the first tier is probed after its cooldown, and has the requests again', () => {
  const { router, clock } = routerOf([endpoint('a'), endpoint('b', { priority: 2 })]);
  eject(router, 'a');
  expect(send(router)).toBe('b');
  clock.advance(30_000);
  expect([send(router), send(router)]).toEqual(['a', 'a']);
});

test('the owner of what a request refers to is asked, whatever its tier', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b', { priority: 2 })]);
  expect(send(router, 'ok', { ownerId: 'b' })).toBe('b');
});

test('statistics show the tier', () => {
  const { router } = routerOf([endpoint('a'), endpoint('b', { priority: 2 })]);
  expect(router.stats().map(({ priority }) => priority)).toEqual([1, 2]);
});
