import { describe } from 'vitest';

import { migrate } from '../database/migrate.ts';
import { openDatabase } from '../database/open.ts';
import { ledgerConformance, textConformance } from './ledger-conformance.fixture.ts';
import { MemoryLedger } from './memory-ledger.fixture.ts';
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
});
