import { sql } from 'kysely';
import { afterAll, beforeAll, describe } from 'vitest';
import { postgresMissing, startPostgres, type OwnPostgres } from '../../../tests/setup/postgres.ts';
import { migrate } from '../../database/migrate.ts';
import { openDatabase, type Connection } from '../../database/open.ts';
import { SqlLedger } from '../sql-ledger.ts';
import { batchesConformance } from './batches-conformance.fixture.ts';
import { SqlBatches } from './sql-batches.ts';

describe('SQLite', () => {
  batchesConformance(async () => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return { one: new SqlBatches(database), two: new SqlBatches(database), ledger: new SqlLedger(database) };
  });
});

const missing = postgresMissing();

describe.skipIf(missing !== undefined)(`Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: OwnPostgres | undefined;
  let databases: Connection[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    const address = { kind: 'postgres', url: server.url } as const;
    databases = await Promise.all([openDatabase(address), openDatabase(address)]);
    await migrate(databases[0]!);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await server?.stop();
  });

  batchesConformance(async () => {
    const [one, two] = databases;
    await sql`truncate llmproxy_ledger, llmproxy_batches`.execute(one!.kysely);
    return { one: new SqlBatches(one!), two: new SqlBatches(two!), ledger: new SqlLedger(one!) };
  });
});
