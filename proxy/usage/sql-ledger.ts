import { sql, type Kysely, type RawBuilder } from 'kysely';

import { isDatabaseAway } from '../database/fault.ts';
import type { Connection } from '../database/open.ts';
import type { Tables } from '../database/tables.ts';
import type {
  GroupColumn,
  LedgerRow,
  LedgerStore,
  RowFilter,
  RowOwner,
  UsageGroup,
  UsagePage,
  UsageQuery,
} from './ledger.ts';
import { insertRows } from './ledger-insert.ts';
import { rowOf, sumsOf, type SumTexts } from './ledger-record.ts';

/** What rows are grouped by: nothing of a request gets into a statement but these. */
const COLUMNS: Readonly<Record<GroupColumn, string>> = {
  key: 'virtual_key_id',
  user: 'user_id',
  team: 'team_id',
  customer: 'customer_id',
  model: 'model',
  endpoint: 'endpoint',
  provider: 'provider',
  day: 'day',
};

/** Columns of the sums. Money is summed in whole dollars and the rest apart: eight bytes overflow otherwise. */
const SUMS = {
  requests: 'count(*)',
  cached_requests: 'sum(case when l.cached then 1 else 0 end)',
  errors: 'sum(case when l.status >= 400 then 1 else 0 end)',
  input_tokens: 'sum(l.input_tokens)',
  cached_tokens: 'sum(l.cached_tokens)',
  output_tokens: 'sum(l.output_tokens)',
  cost_usd: 'sum(l.cost / 1000000000)',
  cost_nano: 'sum(l.cost % 1000000000)',
  saved_by_cache_usd: 'sum(l.saved_by_cache / 1000000000)',
  saved_by_cache_nano: 'sum(l.saved_by_cache % 1000000000)',
  saved_by_routing_usd: 'sum(l.saved_by_routing / 1000000000)',
  saved_by_routing_nano: 'sum(l.saved_by_routing % 1000000000)',
  unpriced_requests: 'sum(case when l.cost is null then 1 else 0 end)',
} as const;
const SUM_NAMES = Object.keys(SUMS) as (keyof typeof SUMS)[];

type ResultRow = Readonly<Record<string, string | number | bigint | null>>;

/** The ledger in the database. */
export class SqlLedger implements LedgerStore {
  readonly #database: Kysely<Tables>;
  readonly #kind: Connection['kind'];
  /** Texts are compared by their bytes, as every other part of the product does. */
  readonly #collation: 'C' | 'binary';

  constructor({ kysely, kind }: Pick<Connection, 'kysely' | 'kind'>) {
    this.#database = kysely;
    this.#kind = kind;
    this.#collation = kind === 'postgres' ? 'C' : 'binary';
  }

  async insert(rows: readonly LedgerRow[]): Promise<void> {
    await this.#database.transaction().execute((transaction) => insertRows(transaction, this.#kind, rows));
  }

  isAway(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  async usage(query: UsageQuery): Promise<UsagePage> {
    const { rows } = await this.#statement(query).execute(this.#database);
    const [first] = rows;
    if (first === undefined) throw new Error('a query of totals has no row');
    return {
      groups: rows.filter(({ present }) => present !== null).map((row) => groupOf(row, query.groupBy.length)),
      totals: sumsOf(textsOf(first, 'total_')),
      count: Number(first['groups']),
    };
  }

  async extent(): Promise<{ first: number; last: number } | undefined> {
    const { rows } = await sql<{ first: string | null; last: string | null }>`
      select cast(min(at) as text) as first, cast(max(at) as text) as last from llmproxy_ledger`.execute(
      this.#database,
    );
    const { first = null, last = null } = rows[0] ?? {};
    return first === null || last === null ? undefined : { first: Number(first), last: Number(last) };
  }

  async recent({ limit, ...owner }: RowFilter): Promise<readonly LedgerRow[]> {
    let query = this.#database.selectFrom('llmproxy_ledger').selectAll();
    for (const [column, id] of ownersOf(owner)) query = query.where(column, '=', id);
    const rows = await query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return rows.map(rowOf);
  }

  async deleteBefore(at: number, limit: number): Promise<number> {
    const old = this.#database
      .selectFrom('llmproxy_ledger')
      .select('id')
      .where('at', '<', BigInt(at))
      .orderBy('at')
      .limit(limit);
    const { numDeletedRows } = await this.#database
      .deleteFrom('llmproxy_ledger')
      .where('id', 'in', old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  /** One statement, so that rows, totals and count are of one moment; it has one row at least. */
  #statement(query: UsageQuery): RawBuilder<ResultRow> {
    const { owner = {}, withoutTask, keyOf, groupBy, from, to, days, limit, offset } = query;
    const columns = groupBy.map((column, index) =>
      column === 'day'
        ? sql`d.day as ${sql.ref(`g${index}`)}`
        : sql`l.${sql.ref(COLUMNS[column])} as ${sql.ref(`g${index}`)}`,
    );
    const sums = SUM_NAMES.map((name) => sql`coalesce(${sql.raw(SUMS[name])}, 0) as ${sql.ref(name)}`);
    const names = groupBy.map((_, index) => sql.ref(`g${index}`));
    const order = names.map((name) => sql`${name} collate ${sql.raw(`"${this.#collation}"`)} asc nulls last`);
    const ordered = order.length === 0 ? sql`` : sql`order by ${sql.join(order)}`;
    const byDay = groupBy.includes('day');
    return sql<ResultRow>`
      with ${byDay ? sql`${daysTable(days)},` : sql``}
      grouped as (
        select ${sql.join([...columns, ...sums])}
        from ${byDay ? sql`d cross join` : sql``} llmproxy_ledger as l
        where l.at >= ${BigInt(from)} and l.at < ${BigInt(to)}
        ${sql.join(
          ownersOf(owner).map(([column, id]) => sql`and l.${sql.ref(column)} = ${id}`),
          sql` `,
        )}
        ${withoutTask === undefined ? sql`` : sql`and coalesce(l.task, '') <> ${withoutTask}`}
        ${keyOf === undefined ? sql`` : sql`and coalesce(l.credential, 'system') ${sql.raw(keyOf === 'operator' ? '=' : '<>')} 'system'`}
        ${byDay ? sql`and l.at >= d.starts and l.at < d.ends` : sql``}
        ${names.length === 0 ? sql`` : sql`group by ${sql.join(names)}`}
      ),
      totals as (
        select count(*) as groups, ${sql.join(SUM_NAMES.map((name) => sql`${asText(name, true)} as ${sql.ref(`total_${name}`)}`))}
        from grouped
      ),
      page as (
        select ${sql.join([...names, ...SUM_NAMES.map((name) => sql`${asText(name, false)} as ${sql.ref(name)}`)])}, 1 as present
        from grouped ${ordered} limit ${limit} offset ${offset}
      )
      select * from totals left join page on 1 = 1 ${ordered}`;
  }
}

const OWNERS = {
  virtualKeyId: 'virtual_key_id',
  userId: 'user_id',
  teamId: 'team_id',
  customerId: 'customer_id',
} as const satisfies Readonly<Record<keyof RowOwner, keyof Tables['llmproxy_ledger']>>;

function ownersOf(owner: RowOwner): (readonly [column: (typeof OWNERS)[keyof RowOwner], id: string])[] {
  return Object.entries(OWNERS).flatMap(([member, column]) => {
    const id = owner[member as keyof RowOwner];
    return id === undefined ? [] : [[column, id] as const];
  });
}

function asText(name: string, summed: boolean): RawBuilder<unknown> {
  const column = sql.ref(name);
  return summed ? sql`cast(coalesce(sum(${column}), 0) as text)` : sql`cast(${column} as text)`;
}

/** The borders of the days come from the calendar of their zone, which the database does not know. */
function daysTable(days: UsageQuery['days']): RawBuilder<unknown> {
  const rows = days.map(
    ({ day, start, end }) =>
      sql`(cast(${day} as text), cast(${BigInt(start)} as bigint), cast(${BigInt(end)} as bigint))`,
  );
  const none = sql`select cast(null as text), cast(null as bigint), cast(null as bigint) where 1 = 0`;
  return sql`d (day, starts, ends) as (${rows.length === 0 ? none : sql`values ${sql.join(rows)}`})`;
}

function groupOf(row: ResultRow, columns: number): UsageGroup {
  const values = Array.from({ length: columns }, (_, index) => {
    const value = row[`g${index}`] ?? null;
    return value === null ? null : String(value);
  });
  return { values, sums: sumsOf(textsOf(row, '')) };
}

function textsOf(row: ResultRow, prefix: string): SumTexts {
  return Object.fromEntries(SUM_NAMES.map((name) => [name, String(row[prefix + name] ?? 0)])) as SumTexts;
}
