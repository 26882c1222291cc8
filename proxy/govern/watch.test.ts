import { expect, test } from 'vitest';
import type { BudgetWarning } from '../governance/limits/warnings.ts';
import { makeLimit, START } from '../governance/limits/limits.fixture.ts';
import type { Charged } from '../governance/limits/types.ts';
import type { KeyHolder } from '../governance/lookup.ts';
import { budgetEvent } from './budget-event.ts';
import { Watch } from './watch.ts';

const key = { id: 'k', name: 'a key' };
const team = { kind: 'team', id: 't', name: 'a team' };
const HOLDER = { key, levels: [{ kind: 'virtual_key', ...key }, team] } as unknown as KeyHolder;

function makeWatch() {
  const lines: object[] = [];
  const warnings: BudgetWarning[] = [];
  let now = START;
  const watch = new Watch({
    now: () => now,
    log: (fields) => void lines.push(fields),
    warn: (warning) => void warnings.push(warning),
  });
  return { watch, lines, warnings, advance: (ms: number) => (now += ms) };
}

function charged(used: bigint, amount: bigint): Charged {
  const limit = makeLimit('cost', 10, { level: 'team', id: 'b/cost' });
  return { limit, used, amount, start: START, end: START + 1 };
}

test('each threshold is told once, whatever a charge jumps over, and tokens have none', () => {
  const { watch, warnings } = makeWatch();
  watch.charged([charged(40_000_000n, 40_000_000n)], HOLDER);
  watch.charged([charged(85_000_000n, 45_000_000n), { ...charged(1n, 1n), limit: makeLimit('tokens', 1) }], HOLDER);
  watch.charged([charged(90_000_000n, 5_000_000n)], HOLDER);
  watch.charged([charged(120_000_000n, 30_000_000n)], HOLDER);
  expect(warnings.map(({ threshold }) => threshold)).toEqual([50, 80, 100]);
});

test('an event says whose budget it is, in the unit of the configuration', () => {
  const { watch, warnings } = makeWatch();
  watch.charged([charged(50_000_000n, 50_000_000n)], HOLDER);
  const event = budgetEvent(warnings[0] as BudgetWarning, HOLDER, 'usd', START + 5);
  expect(event).toEqual({
    type: 'budget.threshold_reached',
    id: `b/cost/${START}/50`,
    time: new Date(START + 5).toISOString(),
    level: 'team',
    owner: { id: 't', name: 'a team' },
    threshold: 50,
    used: 0.05,
    max_limit: 0.1,
    unit: 'usd',
    window_started_at: new Date(START).toISOString(),
    virtual_key_id: 'k',
  });
});

test('refusals and unknown costs are counted, and impossible usage leaves one line a minute', () => {
  const { watch, lines, advance } = makeWatch();
  watch.refused('budget_exceeded');
  watch.refused('budget_exceeded');
  watch.unpriced('no_price');
  for (const id of ['a', 'b']) watch.impossibleUsage(id, ['cached']);
  advance(60_000);
  watch.impossibleUsage('c', ['cached']);
  expect(lines).toMatchObject([
    { request_id: 'a', total: 1 },
    { request_id: 'c', total: 3 },
  ]);
  watch.unread(2);
  watch.unread(1);
  expect(watch.counts()).toEqual({
    refused: { budget_exceeded: 2 },
    unpriced: { no_price: 1 },
    impossibleUsage: 3,
    unreadMessages: 3,
  });
});
