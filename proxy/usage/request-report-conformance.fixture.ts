import { expect, test } from 'vitest';
import type { Connection } from '../database/open.ts';
import { ledgerRow, NOON } from './ledger-rows.fixture.ts';
import { requestReport } from './request-report.ts';
import { SqlLedger } from './sql-ledger.ts';

const NOTHING = { requests: 0n, cost: 0n, savedByRouting: 0n, savedByCache: 0n };

/** What the report of requests is to be, on every database. `empty` gives one without rows. */
export function requestReportConformance(empty: () => Promise<Connection>): void {
  test('records are the newest, totals are of all rows of the owner, unknown costs left out', async () => {
    const database = await empty();
    expect(await requestReport(database, { limit: 5 })).toEqual({ records: [], totals: NOTHING });
    const rows = [
      ledgerRow({ virtualKeyId: 'k', at: NOON, cost: 2n ** 62n, savedByRouting: 3n }),
      ledgerRow({ virtualKeyId: 'k', at: NOON + 1, cost: null, savedByCache: 4n }),
      ledgerRow({ virtualKeyId: 'k', at: NOON + 2, cost: 2n ** 62n }),
      ledgerRow({ virtualKeyId: 'l', at: NOON + 3, cost: 7n }),
    ];
    await new SqlLedger(database).insert(rows);
    const { records, totals } = await requestReport(database, { virtualKeyId: 'k', limit: 2 });
    expect(records).toEqual([rows[2], rows[1]]);
    expect(totals).toEqual({ requests: 3n, cost: 2n ** 63n, savedByRouting: 3n, savedByCache: 4n });
    expect(await requestReport(database, { virtualKeyId: 'm', limit: 2 })).toEqual({ records: [], totals: NOTHING });
  });

  test('records and totals are of one moment, whatever is written meanwhile', async () => {
    const database = await empty();
    const ledger = new SqlLedger(database);
    const writing = (async () => {
      for (let index = 0; index < 50; index++) await ledger.insert([ledgerRow({ at: NOON + index })]);
    })();
    const reports = [];
    for (let index = 0; index < 20; index++) reports.push(await requestReport(database, { limit: 1_000 }));
    await writing;
    reports.push(await requestReport(database, { limit: 1_000 }));
    expect(reports.map(({ totals }) => Number(totals.requests))).toEqual(reports.map(({ records }) => records.length));
    expect(reports.at(-1)?.records).toHaveLength(50);
  });
}
