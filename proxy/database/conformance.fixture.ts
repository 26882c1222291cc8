import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { DatabaseAddress } from './address.ts';
import { DatabaseFault, isDatabaseAway } from './fault.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { openDatabase, type Connection } from './open.ts';

const AT = '2026-01-02T03:04:05.678Z';

async function opened(address: DatabaseAddress): Promise<Connection> {
  return openDatabase(address);
}

function customer(id: string, name = id) {
  return { id, name, plan: null, trial_ends_at: null, created_at: AT, updated_at: AT };
}

function key(id: string, changes: object = {}) {
  return {
    id,
    name: id,
    digest: `digest of ${id}`,
    sealed_value: 'sealed',
    is_active: true,
    created_at: AT,
    updated_at: AT,
    ...changes,
  };
}

/** What both databases do alike. `place` gives an empty database; it may be opened several times. */
export function databaseConformance(place: () => Promise<DatabaseAddress>): void {
  migrating(place);
  valuesAndTransactions(place);
  exclusion(place);
}

function migrating(place: () => Promise<DatabaseAddress>): void {
  test('the schema is made once, whatever number of processes start together', async () => {
    const address = await place();
    const replicas = await Promise.all([opened(address), opened(address), opened(address)]);
    const counts = await Promise.all(replicas.map((replica) => migrate(replica)));
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, MIGRATIONS.length]);
    const peppers = await Promise.all(
      replicas.map(({ kysely }) => kysely.selectFrom('llmproxy_meta').selectAll().execute()),
    );
    expect(peppers[0]).toEqual(peppers[2]);
    expect(peppers[0]).toMatchObject([{ name: 'pepper', value: expect.stringMatching(/^.{43}=$/) }]);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  test('every table has the prefix of the product', async () => {
    const database = await opened(await place());
    await migrate(database);
    const tables = await database.kysely.introspection.getTables();
    expect(tables.length).toBeGreaterThan(8);
    expect(tables.filter(({ name }) => !/^(?:llmproxy_|sqlite_)/.test(name))).toEqual([]);
    await database.close();
  });

  test.each(MIGRATIONS.slice(0, -1).map(({ id }, index) => [id, index + 1] as const))(
    'a database of schema version %i is brought up to date with what is in it',
    async (_version, known) => {
      const address = await place();
      const old = await opened(address);
      expect(await migrate(old, MIGRATIONS.slice(0, known))).toBe(known);
      await old.kysely.insertInto('llmproxy_customers').values(customer('c', 'of old')).execute();
      const pepper = await old.kysely.selectFrom('llmproxy_meta').selectAll().execute();
      await old.close();
      const replicas = await Promise.all([opened(address), opened(address)]);
      const counts = await Promise.all(replicas.map((replica) => migrate(replica)));
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, MIGRATIONS.length - known]);
      const database = replicas[0]!;
      expect(await database.kysely.selectFrom('llmproxy_customers').select('name').execute()).toEqual([
        { name: 'of old' },
      ]);
      expect(await database.kysely.selectFrom('llmproxy_meta').selectAll().execute()).toEqual(pepper);
      await expect(migrate(database, MIGRATIONS.slice(0, known))).rejects.toThrow(
        `The database has schema version ${MIGRATIONS.at(-1)!.id}, and this version of llmproxy knows`,
      );
      await Promise.all(replicas.map((replica) => replica.close()));
    },
  );

  test('a migration that fails leaves nothing behind', async () => {
    const database = await opened(await place());
    const broken = [...MIGRATIONS, { id: 2, statements: () => ['create table llmproxy_x (id text)', 'nonsense'] }];
    await expect(migrate(database, broken)).rejects.toThrow(/nonsense/);
    expect(await database.kysely.introspection.getTables()).toEqual([]);
    expect(await migrate(database)).toBe(MIGRATIONS.length);
    await database.close();
  });

  test('a database of a newer version is refused in words', async () => {
    const database = await opened(await place());
    await migrate(database, [...MIGRATIONS, { id: 7, statements: () => [] }]);
    await expect(migrate(database)).rejects.toThrow(DatabaseFault);
    await expect(migrate(database)).rejects.toThrow(/schema version 7.*knows \d/);
    await database.close();
  });
}

function valuesAndTransactions(place: () => Promise<DatabaseAddress>): void {
  test('values come back as they were: the largest amounts, booleans, nulls, every character', async () => {
    const database = await opened(await place());
    await migrate(database);
    const name = "é😀'; drop table llmproxy_teams; --\n%_\\";
    const written = key('k', { name, is_active: false, max_concurrency: 7 });
    const budget = {
      id: 'b',
      owner_kind: 'virtual_key' as const,
      owner_id: 'k',
      max_limit: 2n ** 63n - 1n,
      reset_duration: '1h',
      last_reset: AT,
      created_at: AT,
      updated_at: AT,
    };
    await database.write(async (transaction) => {
      await transaction.insertInto('llmproxy_virtual_keys').values(written).execute();
      await transaction.insertInto('llmproxy_budgets').values(budget).execute();
    });
    const row = await database.kysely.selectFrom('llmproxy_virtual_keys').selectAll().executeTakeFirst();
    expect(row).toMatchObject({ ...written, description: null, user_id: null });
    expect(await database.kysely.selectFrom('llmproxy_budgets').selectAll().executeTakeFirst()).toEqual(budget);
    await database.close();
  });

  test('a transaction that throws changes nothing, and the next one is served', async () => {
    const database = await opened(await place());
    await migrate(database);
    const failed = database.write(async (transaction) => {
      await transaction.insertInto('llmproxy_customers').values(customer('a')).execute();
      await transaction.insertInto('llmproxy_customers').values(customer('a')).execute();
    });
    await expect(failed).rejects.toThrow();
    await database.write((transaction) => transaction.insertInto('llmproxy_customers').values(customer('b')).execute());
    const rows = await database.kysely.selectFrom('llmproxy_customers').select('id').execute();
    expect(rows).toEqual([{ id: 'b' }]);
    await database.close();
  });

  test('a mistake is no outage, a closed database is one', async () => {
    const database = await opened(await place());
    await migrate(database);
    await database.ping();
    const mistake = await sql
      .raw('nonsense')
      .execute(database.kysely)
      .catch((error: unknown) => error);
    expect(mistake).toBeInstanceOf(Error);
    expect(isDatabaseAway(mistake)).toBe(false);
    await database.close();
    const closed = await database.ping().catch((error: unknown) => error);
    expect(isDatabaseAway(closed), String(closed)).toBe(true);
  });
}

function exclusion(place: () => Promise<DatabaseAddress>): void {
  test('writers of several processes exclude one another: read, think, write loses nothing', async () => {
    const address = await place();
    const [one, other] = await Promise.all([opened(address), opened(address)]);
    await migrate(one);
    await one.write((transaction) =>
      transaction.insertInto('llmproxy_meta').values({ name: 'n', value: '0' }).execute(),
    );
    const raise = async (replica: Connection): Promise<void> =>
      replica.write(async (transaction) => {
        const found = await transaction
          .selectFrom('llmproxy_meta')
          .select('value')
          .where('name', '=', 'n')
          .executeTakeFirstOrThrow();
        const value = String(Number(found.value) + 1);
        await transaction.updateTable('llmproxy_meta').set({ value }).where('name', '=', 'n').execute();
      });
    await Promise.all(Array.from({ length: 20 }, (_, index) => raise(index % 2 === 0 ? one : other)));
    const [row] = await other.kysely.selectFrom('llmproxy_meta').where('name', '=', 'n').selectAll().execute();
    expect(row?.value).toBe('20');
    await Promise.all([one.close(), other.close()]);
  });

  test('references and uniqueness are kept by the database itself', async () => {
    const database = await opened(await place());
    await migrate(database);
    const insert = (row: ReturnType<typeof key>) =>
      database.write((transaction) => transaction.insertInto('llmproxy_virtual_keys').values(row).execute());
    await insert(key('a'));
    await expect(insert(key('b', { name: 'a' }))).rejects.toThrow(/unique/i);
    await expect(insert(key('c', { digest: 'digest of a' }))).rejects.toThrow(/unique/i);
    await expect(insert(key('d', { team_id: 'nowhere' }))).rejects.toThrow(/foreign key/i);
    await database.close();
  });
}
