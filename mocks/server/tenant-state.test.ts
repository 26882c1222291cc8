import { expect, test } from 'vitest';
import { TenantState } from './tenant-state.ts';

test('seeded tenants give equal ids request by request, unseeded ones do not', () => {
  const ids = (seed: number | undefined): string[] => {
    const tenantState = new TenantState({ seed });
    return [1, 2].map(() => tenantState.contextFor(1).random.hex(16));
  };
  expect(ids(7)).toEqual(ids(7));
  expect(new Set(ids(7)).size).toBe(2);
  expect(ids(undefined)).not.toEqual(ids(undefined));
});

test('reset forgets everything that was told and seen, and restores the pace', () => {
  const tenantState = new TenantState({ pace: { firstEventMs: 5 } });
  const facts = { operation: undefined, model: undefined, stream: false, headers: {}, text: () => '' };
  tenantState.answers.add({ matches: () => true, times: undefined, value: { scripted: { text: 'x' } } });
  tenantState.faults.add({ matches: () => true, times: undefined, value: { kind: 'empty' } });
  tenantState.journal.open({ at: 1, method: 'GET', path: '/', query: '', headers: {}, port: 1, connection: 1 });
  tenantState.pace = { tokensPerSecond: 1 };
  tenantState.reset();
  expect([tenantState.answers.take(facts), tenantState.faults.take(facts), tenantState.journal.size]).toEqual([
    undefined,
    undefined,
    0,
  ]);
  expect(tenantState.pace).toEqual({ firstEventMs: 5 });
});

test('an answer carries the port only when the server tags its answers', () => {
  expect(new TenantState({ tag: true }).contextFor(40123).tag).toBe('40123');
  expect(new TenantState({}).contextFor(40123).tag).toBeUndefined();
});
