import type {
  GroupColumn,
  LedgerRow,
  LedgerStore,
  RowFilter,
  RowOwner,
  UsagePage,
  UsageQuery,
  UsageSums,
} from './ledger.ts';

const NOTHING: UsageSums = {
  requests: 0n,
  cachedRequests: 0n,
  errors: 0n,
  inputTokens: 0n,
  cachedTokens: 0n,
  outputTokens: 0n,
  cost: 0n,
  savedByCache: 0n,
  savedByRouting: 0n,
  unpricedRequests: 0n,
};

/** What the ledger is to do, said as simply as possible: the model that the database is compared with. */
export class MemoryLedger implements LedgerStore {
  #rows: LedgerRow[] = [];

  insert(rows: readonly LedgerRow[]): Promise<void> {
    for (const row of rows) {
      if (!this.#rows.some(({ id }) => id === row.id)) this.#rows.push(row);
    }
    return Promise.resolve();
  }

  isAway(): boolean {
    return false;
  }

  usage({ owner = {}, withoutTask, keyOf, groupBy, from, to, days, limit, offset }: UsageQuery): Promise<UsagePage> {
    const asked = this.#rows.filter((row) => row.at >= from && row.at < to && isOf(row, owner));
    const rows = asked.filter(({ task, credential }) => {
      const key = credential === null || credential === 'system' ? 'operator' : 'caller';
      return (task === null || task !== withoutTask) && (keyOf === undefined || keyOf === key);
    });
    const groups = new Map<string, { values: (string | null)[]; sums: UsageSums }>();
    if (groupBy.length === 0) groups.set('[]', { values: [], sums: NOTHING });
    for (const row of rows) {
      const values = groupBy.map((column) => valueOf(row, column, days));
      const group = groups.get(JSON.stringify(values)) ?? { values, sums: NOTHING };
      groups.set(JSON.stringify(values), { values, sums: added(group.sums, row) });
    }
    const sorted = [...groups.values()].toSorted((a, b) => compare(a.values, b.values));
    return Promise.resolve({
      groups: sorted.slice(offset, offset + limit),
      totals: rows.reduce(added, NOTHING),
      count: sorted.length,
    });
  }

  extent(): Promise<{ first: number; last: number } | undefined> {
    const times = this.#rows.map(({ at }) => at);
    return Promise.resolve(times.length === 0 ? undefined : { first: Math.min(...times), last: Math.max(...times) });
  }

  recent({ limit, ...owner }: RowFilter): Promise<readonly LedgerRow[]> {
    const rows = this.#rows.filter((row) => isOf(row, owner));
    const newest = rows.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
    return Promise.resolve(newest.slice(0, limit));
  }

  deleteBefore(at: number, limit: number): Promise<number> {
    const old = this.#rows.filter((row) => row.at < at).toSorted((a, b) => a.at - b.at);
    const gone = new Set(old.slice(0, limit));
    this.#rows = this.#rows.filter((row) => !gone.has(row));
    return Promise.resolve(gone.size);
  }
}

function isOf(row: LedgerRow, owner: RowOwner): boolean {
  return (Object.entries(owner) as [keyof RowOwner, string][]).every(([name, id]) => row[name] === id);
}

function valueOf(row: LedgerRow, column: GroupColumn, days: UsageQuery['days']): string | null {
  switch (column) {
    case 'key':
      return row.virtualKeyId;
    case 'user':
      return row.userId;
    case 'team':
      return row.teamId;
    case 'customer':
      return row.customerId;
    case 'day':
      return days.find(({ start, end }) => row.at >= start && row.at < end)?.day ?? null;
    default:
      return row[column];
  }
}

function added(sums: UsageSums, row: LedgerRow): UsageSums {
  return {
    requests: sums.requests + 1n,
    cachedRequests: sums.cachedRequests + (row.cached ? 1n : 0n),
    errors: sums.errors + (row.status >= 400 ? 1n : 0n),
    inputTokens: sums.inputTokens + BigInt(row.inputTokens),
    cachedTokens: sums.cachedTokens + BigInt(row.cachedTokens),
    outputTokens: sums.outputTokens + BigInt(row.outputTokens),
    cost: sums.cost + (row.cost ?? 0n),
    savedByCache: sums.savedByCache + (row.savedByCache ?? 0n),
    savedByRouting: sums.savedByRouting + (row.savedByRouting ?? 0n),
    unpricedRequests: sums.unpricedRequests + (row.cost === null ? 1n : 0n),
  };
}

/** By bytes, null last. */
function compare(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let index = 0; index < a.length; index++) {
    const [one = null, other = null] = [a[index], b[index]];
    if (one === other) continue;
    if (one === null) return 1;
    if (other === null) return -1;
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  return 0;
}
