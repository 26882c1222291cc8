import { Kysely, sql, type Transaction } from 'kysely';
import type { DatabaseAddress } from './address.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { sqliteDialect } from './sqlite-driver.ts';
import type { Tables } from './tables.ts';

/** Queries alone; what is written goes through `Connection.write`. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom'>;
export type Writer = Transaction<Tables>;

/** An open database. Nothing is asked of the server before the first query. */
export interface Connection {
  readonly kind: DatabaseAddress['kind'];
  readonly kysely: Kysely<Tables>;
  /**
   * One transaction that excludes every other `write`, of all replicas: what is read in it does not change before it ends,
   * and commits have one order. Rolled back when `work` throws.
   */
  write<T>(work: (transaction: Writer) => Promise<T>): Promise<T>;
  /** Queries that see one state of the database, whatever is written meanwhile. */
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Throws what a query throws while the database is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Hears of connections that broke while no query ran on them. */
  onError?(error: Error): void;
}

/** "llmw" in ASCII: the lock of those who write. */
const WRITERS = 0x6c_6c_6d_77;

export async function openDatabase(address: DatabaseAddress, options: OpenOptions = {}): Promise<Connection> {
  const onError = (error: Error): void => options.onError?.(error);
  const dialect = address.kind === 'sqlite' ? sqliteDialect(address.path) : await postgresDialect(address.url, onError);
  const kysely = new Kysely<Tables>({ dialect });
  return {
    kind: address.kind,
    kysely,
    write: (work) =>
      kysely.transaction().execute(async (transaction) => {
        if (address.kind === 'postgres') await sql.raw(`select pg_advisory_xact_lock(${WRITERS})`).execute(transaction);
        return work(transaction);
      }),
    read: (work) => kysely.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work),
    ping: async () => {
      await sql`select 1`.execute(kysely);
    },
    close: () => kysely.destroy(),
  };
}
