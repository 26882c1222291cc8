import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresMissing, startPostgres, type OwnPostgres } from '../../tests/setup/postgres.ts';
import { databaseConformance } from './conformance.fixture.ts';
import { isDatabaseAway } from './fault.ts';
import { openDatabase } from './open.ts';

const missing = postgresMissing();

describe.skipIf(missing !== undefined)(`Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: OwnPostgres | undefined;
  let made = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());

  databaseConformance(async () => {
    const url = server!.url;
    const name = `db${++made}`;
    const admin = await openDatabase({ kind: 'postgres', url });
    await sql.raw(`create database ${name}`).execute(admin.kysely);
    await admin.close();
    return { kind: 'postgres', url: url.replace(/postgres$/, name) };
  });

  test('a server that goes between two queries of a transaction ends the transaction, not the process', async () => {
    const broken: string[] = [];
    const database = await openDatabase(
      { kind: 'postgres', url: server!.url },
      { onError: ({ message }) => void broken.push(message) },
    );
    const trouble = await database
      .write(async (transaction) => {
        await server!.kill();
        await expect.poll(() => broken.length).toBeGreaterThan(0);
        await sql`select 1`.execute(transaction);
      })
      .catch((error: unknown) => error);
    expect(isDatabaseAway(trouble), String(trouble)).toBe(true);
    await server!.restart();
    await database.ping();
    await database.close();
  });

  test('a server that is gone is an outage, and is found again when it is back', async () => {
    const broken: string[] = [];
    const database = await openDatabase(
      { kind: 'postgres', url: server!.url },
      { onError: ({ message }) => void broken.push(message) },
    );
    await database.ping();
    await server!.kill();
    const trouble = await database.ping().catch((error: unknown) => error);
    expect(isDatabaseAway(trouble), String(trouble)).toBe(true);
    await server!.restart();
    await database.ping();
    await database.close();
  });
});
