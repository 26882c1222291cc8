import { expect, test } from 'vitest';
import { FleetState } from './fleet-state.ts';
import { Tenants } from './tenants.ts';
import { VirtualClock } from './virtual-clock.ts';
import { TenantState } from './tenant-state.ts';

function tenantsOf(limit?: number): { tenants: Tenants; forgotten: string[] } {
  const forgotten: string[] = [];
  const tenants = new Tenants(
    (tenant) => new TenantState({ seed: 1 }, { tenant }),
    (tenant) => void forgotten.push(tenant),
    limit,
  );
  return { tenants, forgotten };
}

test('a tenant has one state, which is no other tenant’s', () => {
  const { tenants } = tenantsOf();
  expect(tenants.of('a')).toBe(tenants.of('a'));
  expect(new Set([tenants.of('a'), tenants.of('b'), tenants.of('')]).size).toBe(3);
  expect(tenants.of('')).toBe(tenants.common);
  expect(tenants.names).toEqual(['a', 'b']);
});

test('beyond the limit the tenant that was asked for longest ago is forgotten', () => {
  const { tenants, forgotten } = tenantsOf(2);
  for (const name of ['a', 'b', 'a', 'c']) tenants.of(name);
  expect([tenants.names, forgotten]).toEqual([['a', 'c'], ['b']]);
  expect([tenants.forget('a'), tenants.forget('a')]).toEqual([true, false]);
});

test('what is left to chance depends on the tenant, not on the order in which tenants come', () => {
  const ids = (order: readonly string[]): Record<string, string> => {
    const { tenants } = tenantsOf();
    return Object.fromEntries(order.map((name) => [name, tenants.of(name).contextFor(1).random.hex(8)]));
  };
  expect(ids(['a', 'b'])).toEqual(ids(['b', 'a']));
  expect(new Set(Object.values(ids(['', 'a', 'b']))).size).toBe(3);
});

test('servers of a fleet share a tenant’s virtual clock, and two tenants do not', () => {
  const fleetState = new FleetState();
  const tenantStates = ['a', 'a', 'b'].map((tenant) => new TenantState({ clock: 'virtual' }, { tenant, fleetState }));
  const before = tenantStates[2]!.clock.now();
  (tenantStates[0]!.clock as VirtualClock).advance(1000);
  expect(tenantStates[1]!.clock).toBe(tenantStates[0]!.clock);
  expect(tenantStates[2]!.clock.now()).toBe(before);
});
