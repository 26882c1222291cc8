import { sql } from 'kysely';
import { afterAll, beforeAll, describe } from 'vitest';

import { postgresMissing, startPostgres, type OwnPostgres } from '../../tests/setup/postgres.ts';
import { migrate } from '../database/migrate.ts';
import { openDatabase, type Connection } from '../database/open.ts';
import { GatewayReports } from './gateway-report.ts';
import { gatewayReportConformance } from './gateway-report-conformance.fixture.ts';
import { ledgerConformance, textConformance } from './ledger-conformance.fixture.ts';
import { requestReportConformance } from './request-report-conformance.fixture.ts';
import { SqlLedger } from './sql-ledger.ts';

const missing = postgresMissing();

describe.skipIf(missing !== undefined)(`Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: OwnPostgres | undefined;
  let database: Connection | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    database = await openDatabase({ kind: 'postgres', url: server.url });
    await migrate(database);
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  const empty = async (): Promise<SqlLedger> => {
    await sql`truncate llmproxy_ledger`.execute(database!.kysely);
    return new SqlLedger(database!);
  };
  ledgerConformance(empty);
  textConformance(empty);
  gatewayReportConformance(async () => ({ ledger: await empty(), reports: new GatewayReports(database!) }));
  requestReportConformance(async () => {
    await empty();
    return database!;
  });
});
