import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { Holder } from '../lookup.ts';
import { NOTHING_STORED } from '../preferences/types.ts';
import { NANO_PER_CENT } from './amounts.ts';
import { askOf, chargesOf } from './chain.ts';
import { refusalOf } from './gates.ts';
import { MemoryCounters } from './memory-counters.ts';
import { capsOf, MonthlyCaps, type MonthlyCap, type MonthlyCapsOptions } from './monthly-caps.ts';

const MARCH = Date.UTC(2026, 2, 1);
const APRIL = Date.UTC(2026, 3, 1);
const HOLDER: Holder = {
  levels: [
    { kind: 'virtual_key', id: 'k', name: 'key' },
    { kind: 'team', id: 't', name: 'team' },
    { kind: 'customer', id: 'c', name: 'customer' },
  ],
};
const ofKey = (cents: number): MonthlyCap => ({ level: 'key', id: 'k', cents });
const ofCustomer = (cents: number): MonthlyCap => ({ level: 'customer', id: 'c', cents });

interface Bed {
  readonly clock: ManualClock;
  readonly asked: readonly string[];
  readonly ledger: Record<string, number>;
  readonly monthly: MonthlyCaps;
  caps: readonly MonthlyCap[];
  fails: boolean;
  troubles: number;
  refusal(): Promise<string | undefined>;
  /** Cents. */
  charge(cents: number): void;
}

/** Caps over a ledger that says what it is told, in cents. */
function bench(ledger: Record<string, number> = {}): Bed {
  const clock = new ManualClock(MARCH + 5_000);
  const counters = new MemoryCounters({ now: () => clock.now() });
  const asked: string[] = [];
  const capsOfCaller = (): readonly MonthlyCap[] => bed.caps;
  const spent: MonthlyCapsOptions['spent'] = async ({ level, id }, from) => {
    asked.push(`${level}/${id} ${new Date(from).toISOString()}`);
    if (bed.fails) throw new Error('away');
    return BigInt(Math.round((ledger[`${level}/${id}`] ?? 0) * 100)) * (NANO_PER_CENT / 100n);
  };
  const onTrouble = (): void => void (bed.troubles += 1);
  const bed: Bed = {
    clock,
    asked,
    ledger,
    caps: [],
    fails: false,
    troubles: 0,
    monthly: new MonthlyCaps({ counters, clock, capsOf: capsOfCaller, spent, onTrouble }),
    async refusal(): Promise<string | undefined> {
      const limits = await bed.monthly.before(HOLDER);
      if (limits === undefined) return undefined;
      return refusalOf(counters.reserve(askOf([limits], {})))?.message;
    },
    charge(cents: number): void {
      const limits = bed.monthly.counted(HOLDER);
      if (limits) counters.charge(chargesOf([limits], {}, { tokens: 1n, costNano: BigInt(cents) * NANO_PER_CENT }));
    },
  };
  return bed;
}

const PLAN = { models: '*', managed: true, ownCredentials: true } as const;
const PREFERENCES = [{ level: 'team', id: 't', preferences: { ...NOTHING_STORED, monthlyBudgetCents: 7 } }] as const;

test('caps of preferences stand on their level, that of the plan on the top of the chain', () => {
  expect(capsOf(HOLDER, { ...PLAN, monthlyBudgetCents: 9 }, PREFERENCES)).toEqual([
    { level: 'team', id: 't', cents: 7 },
    { level: 'customer', id: 'c', cents: 9 },
  ]);
  const machine: Holder = { levels: HOLDER.levels.slice(0, 1) };
  expect(capsOf(machine, { ...PLAN, monthlyBudgetCents: 0 }, [])).toEqual([ofKey(0)]);
  expect(capsOf(undefined, { ...PLAN, monthlyBudgetCents: 9 }, [])).toEqual([]);
  expect(capsOf(HOLDER, PLAN, [])).toEqual([]);
});

test('a counter begins with what the ledger says of this month, once, and goes on by itself', async () => {
  const bed = bench({ 'customer/c': 3 });
  bed.caps = [ofCustomer(5)];
  expect(await bed.refusal()).toBeUndefined();
  bed.charge(2);
  expect(await bed.refusal()).toBe(
    'BUDGET EXCEEDED: the monthly budget is exceeded: 5 of 5 cents used in the window of calendar month.',
  );
  expect(bed.asked).toEqual(['customer/c 2026-03-01T00:00:00.000Z']);
});

test('several caps all hold; of those on one level the smallest', async () => {
  const bed = bench({ 'key/k': 1, 'customer/c': 4 });
  bed.caps = [ofKey(2), ofCustomer(9), ofCustomer(4)];
  expect(await bed.refusal()).toContain('4 of 4 cents');
  bed.caps = [ofKey(1), ofCustomer(9)];
  expect(await bed.refusal()).toContain('1 of 1 cents');
  bed.caps = [ofKey(2), ofCustomer(9)];
  expect(await bed.refusal()).toBeUndefined();
});

test('a new month begins at nothing', async () => {
  const bed = bench({ 'key/k': 4 });
  bed.caps = [ofKey(4)];
  expect(await bed.refusal()).toContain('4 of 4');
  bed.clock.advance(APRIL - bed.clock.now() - 1);
  expect(await bed.refusal()).toContain('4 of 4');
  bed.clock.advance(1);
  expect(await bed.refusal()).toBeUndefined();
});

test('a cap that costs have passed by reads the ledger anew', async () => {
  const bed = bench();
  bed.caps = [ofKey(4)];
  expect(await bed.refusal()).toBeUndefined();
  bed.caps = [];
  bed.charge(9);
  bed.ledger['key/k'] = 9;
  bed.caps = [ofKey(4)];
  expect(await bed.refusal()).toContain('9 of 4');
});

test('a cap that is gone by the preferences reads the ledger anew, a changed one does not', async () => {
  const bed = bench();
  bed.caps = [ofKey(4)];
  await bed.refusal();
  bed.ledger['key/k'] = 9;
  bed.monthly.changed('k', { ...NOTHING_STORED, monthlyBudgetCents: 3 });
  expect(await bed.refusal()).toBeUndefined();
  bed.monthly.changed('k', undefined);
  expect(await bed.refusal()).toContain('9 of 4');
});

test('requests go on while the ledger cannot be read, and it is asked again after a second', async () => {
  const bed = bench({ 'key/k': 4 });
  bed.caps = [ofKey(4)];
  bed.fails = true;
  expect(await bed.refusal()).toBeUndefined();
  bed.fails = false;
  expect(await bed.refusal()).toBeUndefined();
  expect([bed.asked.length, bed.troubles]).toEqual([1, 1]);
  bed.clock.advance(1_000);
  expect(await bed.refusal()).toContain('4 of 4');
});

test('a ledger that is silent is waited for two seconds', async () => {
  const clock = new ManualClock(MARCH);
  const counters = new MemoryCounters({ now: () => clock.now() });
  const monthly = new MonthlyCaps({
    counters,
    clock,
    capsOf: () => [ofKey(0)],
    spent: () => new Promise(() => undefined),
  });
  const waiting = monthly.before(HOLDER);
  clock.advance(2_000);
  expect(await waiting).toBeUndefined();
});

test('callers without caps do not wait', () => {
  const bed = bench();
  expect(bed.monthly.before(HOLDER)).toBeUndefined();
  expect(bed.monthly.before(undefined)).toBeUndefined();
  expect(bed.asked).toEqual([]);
});
