import type { NanoUsd } from '../core/money.ts';
import type { Connection } from '../database/open.ts';
import type { LedgerRow, RowFilter } from './ledger.ts';
import { SqlLedger } from './sql-ledger.ts';

/** Requests one by one, and what all of them come to. */
export interface RequestReport {
  /** The newest first. */
  readonly records: readonly LedgerRow[];
  /** Over every row that the filter lets pass, not only those of `records`; unknown costs are not in them. */
  readonly totals: {
    readonly requests: bigint;
    readonly cost: NanoUsd;
    readonly savedByRouting: NanoUsd;
    readonly savedByCache: NanoUsd;
  };
}

/** Rows and totals of one moment. */
export async function requestReport(
  { kysely, kind }: Pick<Connection, 'kysely' | 'kind'>,
  { limit, ...owner }: RowFilter,
): Promise<RequestReport> {
  const reading = kysely.transaction().setAccessMode('read only').setIsolationLevel('repeatable read');
  return reading.execute(async (transaction) => {
    const ledger = new SqlLedger({ kysely: transaction, kind });
    const records = await ledger.recent({ ...owner, limit });
    const all = { owner, groupBy: [], from: 0, to: LATEST, days: [], limit: 1, offset: 0 };
    const { totals } = await ledger.usage(all);
    const { requests, cost, savedByRouting, savedByCache } = totals;
    return { records, totals: { requests, cost, savedByRouting, savedByCache } };
  });
}

/** The last moment of a Date, in milliseconds since the epoch. */
const LATEST = 8_640_000_000_000_000;
