import { allOf, askOf, chargesOf, type LevelLimits, type Target } from '../governance/limits/chain.ts';
import type { LimitBook } from '../governance/limits/limit-book.ts';
import type { Limit, SnapshotRow } from '../governance/limits/types.ts';
import { VALIDATE_TASK } from './credentials/key-checks.ts';
import { Windows } from '../governance/limits/windows.ts';
import type { LedgerStore, RowOwner, UsageGroup, UsageQuery } from '../usage/ledger.ts';

export interface RebuildOptions {
  readonly ledger: Pick<LedgerStore, 'usage'>;
  readonly book: LimitBook;
  /** Ids of limits whose usage was kept. */
  readonly known: ReadonlySet<string>;
  /** Usage of requests that came before this was kept. Milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
}

const OWNERS = {
  key: 'virtualKeyId',
  user: 'userId',
  team: 'teamId',
  customer: 'customerId',
} as const satisfies Readonly<Record<string, keyof RowOwner>>;
const MOST_GROUPS = 100_000;

/**
 * Usage that was lost before it was kept: of limits that nothing was kept of, and whose owner has rows in the ledger since
 * then. Their open window is summed anew.
 */
export async function rebuiltCounters(options: RebuildOptions): Promise<SnapshotRow[]> {
  const { ledger, book, known, since, now } = options;
  const windows = new Windows();
  const rows: SnapshotRow[] = [];
  for (const [level, member] of Object.entries(OWNERS)) {
    const query = { from: since, to: now + 1, days: [], limit: MOST_GROUPS, offset: 0 } satisfies Partial<UsageQuery>;
    const { groups } = await ledger.usage({ ...query, groupBy: [level as keyof typeof OWNERS] });
    for (const { values } of groups) {
      const id = values[0] ?? undefined;
      const limits = id === undefined ? undefined : book.limitsOf(id);
      if (id === undefined || limits === undefined) continue;
      for (const [start, missing] of missingByWindow(limits, known, windows, now)) {
        const owner: RowOwner = { [member]: id };
        const asked = { ...query, owner, withoutTask: VALIDATE_TASK, from: start };
        const grouped = { ...asked, groupBy: ['model', 'provider'] } satisfies UsageQuery;
        const { groups: operators } = await ledger.usage({ ...grouped, keyOf: 'operator' });
        const { groups: callers } = await ledger.usage({ ...grouped, keyOf: 'caller' });
        // What a user's own key has paid is in no budget.
        const free = callers.map(({ values: names, sums: sum }) => ({ values: names, sums: { ...sum, cost: 0n } }));
        rows.push(...sums(limits, missing, [...operators, ...free]).map(([limit, used]) => ({ limit, used, start })));
      }
    }
  }
  return rows;
}

/** Limits that nothing was kept of, by the begin of their open window. */
function missingByWindow(
  limits: LevelLimits,
  known: ReadonlySet<string>,
  windows: Windows,
  now: number,
): Map<number, Map<string, Limit>> {
  const found = new Map<number, Map<string, Limit>>();
  for (const limit of allOf(limits)) {
    if (limit.max === null || known.has(limit.id)) continue;
    const { start } = windows.at(limit.window, limit.anchor, now);
    const some = found.get(start) ?? new Map<string, Limit>();
    found.set(start, some.set(limit.id, limit));
  }
  return found;
}

function sums(
  limits: LevelLimits,
  missing: ReadonlyMap<string, Limit>,
  groups: readonly UsageGroup[],
): (readonly [Limit, bigint])[] {
  const used = new Map<string, bigint>();
  for (const { values, sums: sum } of groups) {
    const target: Target = { model: values[0] ?? undefined, provider: values[1] ?? undefined };
    const tokens = sum.inputTokens + sum.outputTokens;
    const charges = chargesOf([limits], target, { tokens, costNano: sum.cost });
    // What failed was given back.
    const requests = askOf([limits], target).claims.flatMap(({ limit, mode }) =>
      mode === 'take' ? [{ limit, amount: sum.requests - sum.errors }] : [],
    );
    for (const { limit, amount } of [...charges, ...requests]) {
      used.set(limit.id, (used.get(limit.id) ?? 0n) + amount);
    }
  }
  return [...missing.values()].flatMap((limit) => {
    const amount = used.get(limit.id) ?? 0n;
    return amount > 0n ? [[limit, amount] as const] : [];
  });
}
