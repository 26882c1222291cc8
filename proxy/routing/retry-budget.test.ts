import { expect, test } from 'vitest';
import type { Outcome } from '../core/outcome.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Lease } from './types.ts';

function lease(): Lease & { readonly released: Outcome[]; readonly firstEvents: number[] } {
  const released: Outcome[] = [];
  const firstEvents: number[] = [];
  return {
    endpoint: { id: 'm/a' } as Lease['endpoint'],
    probe: true,
    released,
    firstEvents,
    firstEvent: (ms) => void firstEvents.push(ms),
    release: (outcome) => void released.push(outcome),
  };
}

function spend(budget: RetryBudget, times: number): Lease[] {
  return Array.from({ length: times }, () => budget.spend(lease()));
}

test('three further attempts may run at any load, and none beyond them at a small one', () => {
  const budget = new RetryBudget(20);
  spend(budget, 2);
  expect(budget.allows(0)).toBe(true);
  spend(budget, 1);
  expect([budget.inFlight, budget.allows(0), budget.allows(18)]).toEqual([3, false, false]);
});

test('at a larger load it is the share of the active requests, this one included', () => {
  const budget = new RetryBudget(20);
  spend(budget, 4);
  expect([budget.allows(23), budget.allows(24)]).toEqual([false, true]);
});

test('an attempt that has ended no longer counts, however often its lease is released', () => {
  const budget = new RetryBudget(0);
  const [first] = spend(budget, 3);
  first?.release({ kind: 'ok' });
  first?.release({ kind: 'ok' });
  expect([budget.inFlight, budget.allows(0)]).toEqual([2, true]);
});

test('a new configuration changes the share while attempts run', () => {
  const budget = new RetryBudget(10);
  spend(budget, 3);
  expect(budget.allows(9)).toBe(false);
  budget.configure(50);
  expect(budget.allows(9)).toBe(true);
});

test('the lease is that of the endpoint', () => {
  const inner = lease();
  const outer = new RetryBudget(20).spend(inner);
  outer.firstEvent(5);
  outer.release({ kind: 'cut' });
  expect([outer.endpoint, outer.probe, inner.firstEvents, inner.released]).toEqual([
    inner.endpoint,
    true,
    [5],
    [{ kind: 'cut' }],
  ]);
});
