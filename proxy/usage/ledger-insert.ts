import { setImmediate as turn } from 'node:timers/promises';

import { CompiledQuery, type Transaction } from 'kysely';

import type { Connection } from '../database/open.ts';
import type { Tables } from '../database/tables.ts';
import { CELLS, type CellValue } from './ledger-record.ts';
import type { LedgerRow } from './ledger.ts';

/** SQLite writes in the event loop: rows of one statement, between two turns of it. */
const SQLITE_SLICE = 100;
/** Postgres gets its rows as one JSON text, which is made in the event loop. */
const POSTGRES_SLICE = 250;

const COLUMNS = CELLS.map(([column]) => column).join(', ');
const MARKS = `(${CELLS.map(() => '?').join(', ')})`;

/** Writes the rows that are not there yet. Statements are texts of few kinds, so that both databases know them prepared. */
export async function insertRows(
  transaction: Transaction<Tables>,
  kind: Connection['kind'],
  rows: readonly LedgerRow[],
): Promise<void> {
  const size = kind === 'sqlite' ? SQLITE_SLICE : POSTGRES_SLICE;
  const statement = kind === 'sqlite' ? sqliteInsert : postgresInsert;
  for (let start = 0; start < rows.length; start += size) {
    if (start > 0) await turn();
    for (const query of statement(rows.slice(start, start + size))) await transaction.executeQuery(query);
  }
}

/** The whole slice in one statement, or row by row: no text for each number of rows. */
function sqliteInsert(rows: readonly LedgerRow[]): CompiledQuery[] {
  if (rows.length === SQLITE_SLICE) return [sqliteStatement(INSERT_SLICE, rows)];
  const tens = rows.length - (rows.length % TEN);
  const queries: CompiledQuery[] = [];
  for (let start = 0; start < tens; start += TEN) {
    queries.push(sqliteStatement(INSERT_TEN, rows.slice(start, start + TEN)));
  }
  for (const row of rows.slice(tens)) queries.push(sqliteStatement(INSERT_ONE, [row]));
  return queries;
}

const TEN = 10;
const [INSERT_SLICE, INSERT_TEN, INSERT_ONE] = [insertOf(SQLITE_SLICE), insertOf(TEN), insertOf(1)];

function insertOf(rows: number): string {
  const values = Array.from({ length: rows }, () => MARKS).join(', ');
  return `insert into llmproxy_ledger (${COLUMNS}) values ${values} on conflict (id) do nothing`;
}

function sqliteStatement(sql: string, rows: readonly LedgerRow[]): CompiledQuery {
  const values: CellValue[] = [];
  for (const row of rows) for (const [, read] of CELLS) values.push(read(row));
  return CompiledQuery.raw(sql, values);
}

const POSTGRES_INSERT = `insert into llmproxy_ledger (${COLUMNS})
  select ${COLUMNS} from json_populate_recordset(null::llmproxy_ledger, $1::json) on conflict (id) do nothing`;

function postgresInsert(rows: readonly LedgerRow[]): CompiledQuery[] {
  return [CompiledQuery.raw(POSTGRES_INSERT, [JSON.stringify(rows.map(recordOf))])];
}

/** Money is text in it: eight bytes are more than a number of JSON holds. */
function recordOf(row: LedgerRow): Record<string, CellValue> {
  const record: Record<string, CellValue> = {};
  for (const [column, read] of CELLS) {
    const value = read(row);
    record[column] = typeof value === 'bigint' ? value.toString() : value;
  }
  return record;
}
