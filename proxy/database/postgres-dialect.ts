import { PostgresDialect, type Dialect } from 'kysely';

/** Connections of one process: the requests of clients ask memory, only administration and writers come here. */
const MAX_CONNECTIONS = 5;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
const IDLE_MS = 30_000;
const INT8 = 20;

/**
 * Kysely's dialect for Postgres, with eight-byte integers as bigint. `onError` hears of connections that broke. The
 * package `pg` is loaded here alone, and only where Postgres is configured.
 */
export async function postgresDialect(url: string, onError: (error: Error) => void): Promise<Dialect> {
  const { default: pg } = await import('pg');
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, BigInt);
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS * 3,
    application_name: 'llmproxy',
    keepAlive: true,
    allowExitOnIdle: true,
    types,
  });
  // The pool hears of idle connections alone; one that breaks between two statements of a transaction would end the process.
  pool.on('connect', (client) => void client.on('error', onError));
  pool.on('error', onError);
  return new PostgresDialect({ pool });
}
