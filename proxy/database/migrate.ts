import { sql, type Transaction } from 'kysely';
import type { DatabaseAddress } from './address.ts';
import { DatabaseFault } from './fault.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { Connection } from './open.ts';
import type { Tables } from './tables.ts';

/** Any number that every replica knows: "llmp" in ASCII. */
const LOCK = 0x6c_6c_6d_70;
/** How long one replica waits for another that migrates. */
const LOCK_PATIENCE = '30s';

/**
 * Brings the schema up to date, in one transaction under a lock: of several replicas that start together one migrates, the
 * others wait and find it done. Returns how many migrations were run. Throws DatabaseFault for a database that a newer
 * version has migrated.
 */
export async function migrate(
  { kysely, kind }: Connection,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number> {
  return kysely.transaction().execute(async (transaction) => {
    await lock(transaction, kind);
    await sql`create table if not exists llmproxy_migrations (id integer primary key)`.execute(transaction);
    const { rows } = await sql<{ id: number }>`select id from llmproxy_migrations`.execute(transaction);
    const done = new Set(rows.map(({ id }) => id));
    const latest = migrations.at(-1)?.id ?? 0;
    const newer = Math.max(0, ...done);
    if (newer > latest) {
      throw new DatabaseFault(
        `The database has schema version ${newer}, and this version of llmproxy knows ${latest}. Start the newer version.`,
      );
    }
    const due = migrations.filter(({ id }) => !done.has(id));
    for (const migration of due) {
      for (const statement of migration.statements(kind)) await sql.raw(statement).execute(transaction);
      await sql`insert into llmproxy_migrations (id) values (${migration.id})`.execute(transaction);
    }
    return due.length;
  });
}

/** SQLite has the lock already: a transaction begins as a writer. */
async function lock(transaction: Transaction<Tables>, kind: DatabaseAddress['kind']): Promise<void> {
  if (kind === 'sqlite') return;
  await sql.raw(`set local lock_timeout = '${LOCK_PATIENCE}'`).execute(transaction);
  await sql.raw(`set local statement_timeout = '60s'`).execute(transaction);
  await sql.raw(`select pg_advisory_xact_lock(${LOCK})`).execute(transaction);
}
