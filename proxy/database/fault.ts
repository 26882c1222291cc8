/** What the operator has to know: its message is one sentence without secrets. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
}

/** SQLSTATE classes and codes of a server that cannot serve now: connection, resources, operator, shutdown. */
const AWAY_STATES = /^(?:08|53|57P|55P03|57014|40)/;
const AWAY_ERRNO = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|EACCES|EROFS|ENOSPC)/;
/** Result codes of SQLite: busy, locked, read-only, I/O, full, cannot open. */
const AWAY_SQLITE = new Set([5, 6, 8, 10, 13, 14]);
const AWAY_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|database is not open|driver has already been destroyed/i;

/** Whether the store cannot be asked now, as opposed to a mistake in what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  // The extended codes of SQLite have the plain one in their low byte.
  if (typeof errcode === 'number' && AWAY_SQLITE.has(errcode & 0xff)) return true;
  if (typeof code === 'string' && (AWAY_ERRNO.test(code) || (code.length === 5 && AWAY_STATES.test(code)))) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return AWAY_MESSAGE.test(error.message);
}

/** Result codes of SQLite for a unique index and a primary key; SQLSTATE of Postgres for both. */
const TAKEN_SQLITE = new Set([2067, 1555]);
const TAKEN_STATE = '23505';

/** Whether a unique index has refused a row. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === TAKEN_STATE || (typeof errcode === 'number' && TAKEN_SQLITE.has(errcode));
}
