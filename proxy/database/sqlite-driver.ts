import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as after } from 'node:timers/promises';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { IN_MEMORY } from './address.ts';
import { isDatabaseAway } from './fault.ts';

/** SQLite waits in the event loop: not longer than this at a time. */
const BUSY_TIMEOUT_MS = 50;
/** How long opening, and a transaction, wait for another process, between their tries, before they fail. */
const WRITER_PATIENCE_MS = 2_000;
const RETRY_MS = 10;

/** Kysely's dialect for SQLite in the version that Node has built in. */
export function sqliteDialect(path: string): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(path),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** One connection, handed to one query or transaction at a time. */
class SqliteDriver implements Driver {
  readonly #path: string;
  #database: DatabaseSync | undefined;
  #connection: SqliteConnection | undefined;
  #free: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async init(): Promise<void> {
    const database = await whenFree(() => openDatabase(this.#path));
    this.#database = database;
    this.#connection = new SqliteConnection(database);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = before.then(() => promise);
    await before;
    this.#release = resolve;
    if (this.#connection === undefined) {
      resolve();
      throw new Error('database is not open');
    }
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#release?.();
    return Promise.resolve();
  }

  /** As a writer from the start: a transaction that has read never fails because another process wrote in between. */
  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') {
      await connection.executeQuery(CompiledQuery.raw('begin'));
      return;
    }
    await whenFree(() => this.#beginNow());
  }

  /** SQLite waits in the event loop: for a writer of another process the proxy waits beside it. */
  #beginNow(): void {
    this.#database?.exec('pragma busy_timeout = 0');
    try {
      this.#database?.exec('begin immediate');
    } finally {
      this.#database?.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself.
    if (this.#database?.isTransaction === true) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  destroy(): Promise<void> {
    this.#connection = undefined;
    if (this.#database?.isOpen === true) this.#database.close();
    return Promise.resolve();
  }
}

function openDatabase(path: string): DatabaseSync {
  if (path !== IN_MEMORY) {
    mkdirSync(dirname(path), { recursive: true });
    // SQLite gives its side files the mode of the file itself: digests and sealed keys are for the owner alone.
    closeSync(openSync(path, 'a', 0o600));
  }
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // Of several processes that make the file at once, SQLite lets one do this and tells the others at once that it is locked.
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Tries again for a while, beside the event loop, as long as another process has the database. */
async function whenFree<T>(work: () => T): Promise<T> {
  const end = performance.now() + WRITER_PATIENCE_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() >= end) throw error;
      await after(RETRY_MS);
    }
  }
}

const MAX_STATEMENTS = 200;

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  // oxlint-disable-next-line require-await -- what SQLite throws becomes a rejection
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, readers } = this.#prepared(sql);
    const values = parameters.map(bindable);
    if (readers.length === 0) {
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    }
    const rows = statement.all(...values) as unknown as unknown[][];
    return { rows: rows.map((row) => objectOf(row, readers)) as R[] };
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('SQLite answers in one piece');
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const readers = statement.columns().map(({ name, type }) => ({ name, read: readerOf(type) }));
    const prepared = { statement, readers };
    // Columns of a statement change with the schema: what defines is not kept.
    if (readers.length > 0 || !/^\s*(?:create|alter|drop)\b/i.test(sql)) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }
}

interface ColumnReader {
  readonly name: string;
  readonly read: (value: unknown) => unknown;
}

interface Prepared {
  readonly statement: StatementSync;
  readonly readers: readonly ColumnReader[];
}

function objectOf(row: readonly unknown[], readers: readonly ColumnReader[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < readers.length; index++) {
    const reader = readers[index];
    if (reader !== undefined) object[reader.name] = reader.read(row[index]);
  }
  return object;
}

/** SQLite has one kind of integer; what a column was declared as says which JavaScript type it is. */
function readerOf(type: string | null): ColumnReader['read'] {
  if (type?.toLowerCase() === 'bigint') return (value) => value;
  if (type?.toLowerCase() === 'boolean') return (value) => (value === null ? null : value !== 0n);
  return (value) => (typeof value === 'bigint' ? Number(value) : value);
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value === undefined ? null : (value as SQLInputValue);
}
