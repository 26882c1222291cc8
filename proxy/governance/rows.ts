import { sql } from 'kysely';
import type { Reader, Writer } from '../database/open.ts';
import type { BudgetRow, CustomerRow, RateLimitRow, TeamRow, UserRow, VirtualKeyRow } from '../database/tables.ts';
import type { Owner } from './limits.ts';
import type { ColumnValue, EntityKind } from './patches.ts';

export interface RowOf {
  readonly customer: CustomerRow;
  readonly team: TeamRow;
  readonly user: UserRow;
  readonly virtual_key: VirtualKeyRow;
}

export type EntityRow = RowOf[EntityKind];

const TABLES = {
  customer: 'llmproxy_customers',
  team: 'llmproxy_teams',
  user: 'llmproxy_users',
  virtual_key: 'llmproxy_virtual_keys',
} as const;

/** The tables have their first columns in common; Kysely's types follow one of them. */
function tableOf(kind: EntityKind): 'llmproxy_customers' {
  return TABLES[kind] as 'llmproxy_customers';
}

/** Postgres takes 65,535 parameters a statement and older SQLite 999. */
const CHUNK = 900;

export async function findRow<K extends EntityKind>(db: Reader, kind: K, id: string): Promise<RowOf[K] | undefined> {
  const row = await db.selectFrom(tableOf(kind)).selectAll().where('id', '=', id).executeTakeFirst();
  return row as RowOf[K] | undefined;
}

/** What requests need of a key, a budget and a rate limit: the rest is read when it is shown. */
const KEY_COLUMNS =
  `id name digest retired is_active allowed_models allowed_providers team_id customer_id user_id expires_at
max_concurrency model_aliases model_limits provider_limits calendar time_zone created_at`.split(/\s+/);
const BUDGET_COLUMNS = 'id owner_id max_limit reset_duration last_reset'.split(' ');
const LIMIT_COLUMNS = `id owner_id token_max_limit token_reset_duration token_last_reset request_max_limit
request_reset_duration request_last_reset`.split(/\s+/);

/** The next rows in the order of ids. Of keys `description`, `sealed_value` and `updated_at` are left out. */
export async function rowsAfter<K extends EntityKind>(
  db: Reader,
  kind: K,
  after: string,
  limit: number,
): Promise<RowOf[K][]> {
  const query = db.selectFrom(tableOf(kind)).where('id', '>', after).orderBy('id').limit(limit);
  const rows = await (kind === 'virtual_key' ? query.select(KEY_COLUMNS as ['id']) : query.selectAll()).execute();
  return rows as RowOf[K][];
}

/** Budgets and rate limits of the owners from `first` to `last`, by the owner's id, with what requests need of them. */
export async function ownedPage(
  db: Reader,
  kind: EntityKind,
  first: string,
  last: string,
): Promise<{ budgets: ReadonlyMap<string, BudgetRow>; limits: ReadonlyMap<string, RateLimitRow> }> {
  const rowsOf = async (table: OwnedTable, columns: readonly string[]): Promise<unknown[]> =>
    db
      .selectFrom(table as 'llmproxy_budgets')
      .select(columns as ['id'])
      .where('owner_kind', '=', kind)
      .where('owner_id', '>=', first)
      .where('owner_id', '<=', last)
      .execute();
  const budgets = (await rowsOf('llmproxy_budgets', BUDGET_COLUMNS)) as BudgetRow[];
  const limits = (await rowsOf('llmproxy_rate_limits', LIMIT_COLUMNS)) as RateLimitRow[];
  return {
    budgets: new Map(budgets.map((row) => [row.owner_id, row])),
    limits: new Map(limits.map((row) => [row.owner_id, row])),
  };
}

export async function rowsByIds<K extends EntityKind>(
  db: Reader,
  kind: K,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, RowOf[K]>> {
  const rows = await inChunks(ids, (chunk) =>
    db.selectFrom(tableOf(kind)).selectAll().where('id', 'in', chunk).execute(),
  );
  return new Map(rows.map((row) => [row.id, row as RowOf[K]]));
}

export async function insertRow(db: Writer, kind: EntityKind, row: EntityRow): Promise<void> {
  await db.insertInto(tableOf(kind)).values(row).execute();
}

export async function updateRow(
  db: Writer,
  kind: EntityKind,
  id: string,
  columns: Readonly<Record<string, ColumnValue>>,
): Promise<void> {
  await db
    .updateTable(tableOf(kind))
    .set(columns as never)
    .where('id', '=', id)
    .execute();
}

export async function deleteRow(db: Writer, kind: EntityKind, id: string): Promise<void> {
  await db.deleteFrom(tableOf(kind)).where('id', '=', id).execute();
}

/** Budgets of these owners, by the id of the owner. */
export async function budgetsOf(db: Reader, kind: EntityKind, ids: Iterable<string>): Promise<Map<string, BudgetRow>> {
  const rows = await inChunks(ids, (chunk) =>
    db
      .selectFrom('llmproxy_budgets')
      .selectAll()
      .where('owner_kind', '=', kind)
      .where('owner_id', 'in', chunk)
      .execute(),
  );
  return new Map(rows.map((row) => [row.owner_id, row]));
}

export async function rateLimitsOf(
  db: Reader,
  kind: EntityKind,
  ids: Iterable<string>,
): Promise<Map<string, RateLimitRow>> {
  const rows = await inChunks(ids, (chunk) =>
    db
      .selectFrom('llmproxy_rate_limits')
      .selectAll()
      .where('owner_kind', '=', kind)
      .where('owner_id', 'in', chunk)
      .execute(),
  );
  return new Map(rows.map((row) => [row.owner_id, row]));
}

type OwnedTable = 'llmproxy_budgets' | 'llmproxy_rate_limits';

export async function deleteOwned(db: Writer, table: OwnedTable, { kind, id }: Owner): Promise<void> {
  await db
    .deleteFrom(table as 'llmproxy_budgets')
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', id)
    .execute();
}

/** Written whole: there is one row an owner. */
export async function replaceOwned(db: Writer, table: OwnedTable, row: BudgetRow | RateLimitRow): Promise<void> {
  await deleteOwned(db, table, { kind: row.owner_kind, id: row.owner_id });
  await db
    .insertInto(table as 'llmproxy_budgets')
    .values(row as BudgetRow)
    .execute();
}

/** Keys that hang on one of these owners. */
export async function keysOf(
  db: Reader,
  column: 'team_id' | 'customer_id' | 'user_id',
  ids: Iterable<string>,
): Promise<VirtualKeyRow[]> {
  return inChunks(ids, (chunk) =>
    db
      .selectFrom('llmproxy_virtual_keys')
      .selectAll()
      .where(column, 'in', chunk)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  );
}

export async function teamsOf(db: Reader, customerIds: Iterable<string>): Promise<TeamRow[]> {
  return inChunks(customerIds, (chunk) =>
    db
      .selectFrom('llmproxy_teams')
      .selectAll()
      .where('customer_id', 'in', chunk)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  );
}

async function inChunks<T>(ids: Iterable<string>, query: (chunk: string[]) => Promise<T[]>): Promise<T[]> {
  const all = [...new Set(ids)];
  const found: T[] = [];
  for (let start = 0; start < all.length; start += CHUNK) {
    for (const row of await query(all.slice(start, start + CHUNK))) found.push(row);
  }
  return found;
}

export interface ListQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** Part of the name, without case. */
  readonly search?: string | undefined;
  /** Columns that must have these values, such as `customer_id`. */
  readonly where: Readonly<Record<string, string>>;
}

export async function listRows(
  db: Reader,
  kind: EntityKind,
  { limit, offset = 0, search, where }: ListQuery,
): Promise<{ rows: EntityRow[]; count: number }> {
  let query = db.selectFrom(tableOf(kind));
  for (const [column, value] of Object.entries(where)) query = query.where(column as 'id', '=', value);
  if (search !== undefined) {
    const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where(sql<boolean>`lower(name) like lower(${pattern}) escape '\\'`);
  }
  if (limit === undefined && offset === 0) {
    const rows = await query.selectAll().orderBy('created_at').orderBy('id').execute();
    return { rows, count: rows.length };
  }
  const { count } = await query
    .select(({ fn }) => fn.countAll<bigint | number>().as('count'))
    .executeTakeFirstOrThrow();
  let page = query.selectAll().orderBy('created_at').orderBy('id');
  // SQLite knows no offset without a limit; this limit is none.
  page = page.limit(limit ?? Number.MAX_SAFE_INTEGER).offset(offset);
  return { rows: await page.execute(), count: Number(count) };
}
