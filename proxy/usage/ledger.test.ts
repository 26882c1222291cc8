import { describe } from 'vitest';

import { migrate } from '../database/migrate.ts';
import { openDatabase } from '../database/open.ts';
import { GatewayReports } from './gateway-report.ts';
import { gatewayReportConformance } from './gateway-report-conformance.fixture.ts';
import { ledgerConformance, textConformance } from './ledger-conformance.fixture.ts';
import { MemoryLedger } from './memory-ledger.fixture.ts';
import { requestReportConformance } from './request-report-conformance.fixture.ts';
import { SqlLedger } from './sql-ledger.ts';

describe('in memory', () => {
  ledgerConformance(() => Promise.resolve(new MemoryLedger()));
});

describe('SQLite', () => {
  const empty = async (): Promise<SqlLedger> => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return new SqlLedger(database);
  };
  ledgerConformance(empty);
  textConformance(empty);
  gatewayReportConformance(async () => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return { ledger: new SqlLedger(database), reports: new GatewayReports(database) };
  });
  requestReportConformance(async () => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return database;
  });
});
