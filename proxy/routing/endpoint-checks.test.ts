import { expect, test } from 'vitest';

import type { OutcomeKind } from '../core/outcome.ts';
import { eject, endpoint, routerOf, send, stateOf } from './routing.fixture.ts';
import type { Router } from './router.ts';

const CHAT = { operation: 'chat.completions' };

function check(router: Router, kind: OutcomeKind, all = true): boolean {
  const end = router.beginCheck('a', all);
  end?.({ kind });
  return end !== undefined;
}

function fail(router: Router, kind: OutcomeKind, times = 3): void {
  for (let count = 0; count < times; count += 1) send(router, kind, CHAT);
}

test('an endpoint that is well is checked only where all are', () => {
  const { router } = routerOf([endpoint('a')]);
  expect([check(router, 'ok', false), check(router, 'ok', true)]).toEqual([false, true]);
});

test.each(['refused', 'server_error'] as const)('a good check has an endpoint back that is out by %s', (kind) => {
  const { router } = routerOf([endpoint('a')]);
  fail(router, kind);
  expect(stateOf(router, 'a')).toBe('ejected');
  expect(check(router, 'ok', false)).toBe(true);
  expect(stateOf(router, 'a')).toBe('admitting');
  expect(router.stats()[0]).toMatchObject({ requests: 3, in_flight: 0, operations_out: [] });
});

test('as many bad checks eject as bad requests', () => {
  const { router } = routerOf([endpoint('a')]);
  const states = [1, 2, 3].map(() => {
    check(router, 'server_error');
    return stateOf(router, 'a');
  });
  expect(states).toEqual(['admitting', 'admitting', 'ejected']);
});

test('a bad check after the cooldown is a bad probe', () => {
  const { router, clock } = routerOf([endpoint('a')]);
  eject(router, 'a');
  clock.advance(30_000);
  const end = router.beginCheck('a', false);
  expect(stateOf(router, 'a')).toBe('probing');
  end?.({ kind: 'refused' });
  expect(stateOf(router, 'a')).toBe('ejected');
  clock.advance(59_999);
  expect(stateOf(router, 'a')).toBe('ejected');
});

test.each(['unauthorized', 'insufficient_quota', 'not_permitted'] as const)(
  'a good check does not have an endpoint back that is out by %s',
  (kind) => {
    const { router } = routerOf([endpoint('a')]);
    fail(router, kind, 1);
    check(router, 'ok');
    expect(stateOf(router, 'a')).toBe('ejected');
  },
);

test.each(['rate_limited', 'client_error', 'client_left'] as const)(
  'a check that ends with %s changes nothing',
  (kind) => {
    const { router } = routerOf([endpoint('a')]);
    for (let count = 0; count < 5; count += 1) check(router, kind);
    expect(stateOf(router, 'a')).toBe('admitting');
  },
);
