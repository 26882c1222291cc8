import { sql, type Kysely, type RawBuilder } from 'kysely';
import { NANO_PER_USD, type NanoUsd } from '../core/money.ts';
import type { Connection } from '../database/open.ts';
import type { Tables } from '../database/tables.ts';

export interface GatewaySummary {
  readonly requests: bigint;
  readonly cachedRequests: bigint;
  /** Requests that ended with a status of 400 or more. */
  readonly errors: bigint;
  /** Of prompts and answers. */
  readonly tokens: bigint;
  /** What was paid to providers. */
  readonly spent: NanoUsd;
  /** What the answers had cost that came out of the cache. */
  readonly saved: NanoUsd;
}

/** What one provider, service or user has used. */
export interface GatewayGroup {
  readonly name: string;
  readonly requests: bigint;
  readonly tokens: bigint;
  /** Of all answers, those of the cache included. */
  readonly cost: NanoUsd;
  readonly latencyMs: bigint;
}

export const GATEWAY_GROUPS = ['provider', 'service', 'customer'] as const;
export type GatewayGroupBy = (typeof GATEWAY_GROUPS)[number];

/** Nothing of a request gets into a statement but these. The gateway has its own word for one provider. */
const NAMES: Readonly<Record<GatewayGroupBy, string>> = {
  provider: `case l.provider when 'anthropic' then 'claude' else l.provider end`,
  service: 'l.service',
  customer: 'coalesce(l.user_label, l.user_id)',
};

/** Columns of the sums. Money is summed in whole dollars and the rest apart: eight bytes overflow otherwise. */
const SUMS = {
  requests: 'count(*)',
  cached: 'sum(case when l.cached then 1 else 0 end)',
  errors: 'sum(case when l.status >= 400 then 1 else 0 end)',
  tokens: 'sum(l.input_tokens + l.output_tokens)',
  latency: 'sum(l.latency_ms)',
  spent_usd: 'sum(l.cost / 1000000000)',
  spent_nano: 'sum(l.cost % 1000000000)',
  saved_usd: 'sum(l.saved_by_cache / 1000000000)',
  saved_nano: 'sum(l.saved_by_cache % 1000000000)',
} as const;
type SumName = keyof typeof SUMS;
const SUM_NAMES = Object.keys(SUMS) as SumName[];
type SumRow = Readonly<Record<SumName, string>> & { readonly name?: string };

/** Requests of services, which alone name a service; those that were refused before they had a provider are left out. */
const ROWS = `l.service is not null and l.status not in (401, 402, 403, 429, 503)`;
/** By what is beyond whole dollars carried into them, so that the order is exact. */
const NANO = '(spent_nano + saved_nano)';
const BY_COST = `spent_usd + saved_usd + ${NANO} / 1000000000 desc, ${NANO} % 1000000000 desc`;

/** Reports of the gateway API, out of the ledger. */
export class GatewayReports {
  readonly #database: Kysely<Tables>;
  readonly #collation: 'C' | 'binary';

  constructor({ kysely, kind }: Pick<Connection, 'kysely' | 'kind'>) {
    this.#database = kysely;
    this.#collation = kind === 'postgres' ? 'C' : 'binary';
  }

  /** Of the rows since `from`, milliseconds since the epoch. */
  async summary(from: number): Promise<GatewaySummary> {
    const statement = sql<SumRow>`
      with grouped as (select ${sums()} from llmproxy_ledger as l where ${rowsSince(from)})
      select ${texts()} from grouped`;
    const { rows } = await statement.execute(this.#database);
    const [row] = rows;
    if (row === undefined) throw new Error('a query of totals has no row');
    return {
      requests: BigInt(row.requests),
      cachedRequests: BigInt(row.cached),
      errors: BigInt(row.errors),
      tokens: BigInt(row.tokens),
      spent: money(row, 'spent'),
      saved: money(row, 'saved'),
    };
  }

  /** The most expensive first, equal ones by their names; rows without such a name are left out. */
  async groups(by: GatewayGroupBy, from: number, limit: number): Promise<readonly GatewayGroup[]> {
    const name = sql.raw(NAMES[by]);
    const statement = sql<SumRow & { readonly name: string }>`
      with grouped as (
        select ${name} as name, ${sums()} from llmproxy_ledger as l
        where ${rowsSince(from)} and ${name} is not null group by ${name}
      )
      select name, ${texts()} from grouped
      order by ${sql.raw(BY_COST)}, name collate ${sql.raw(`"${this.#collation}"`)} limit ${limit}`;
    const { rows } = await statement.execute(this.#database);
    return rows.map((row) => ({
      name: row.name,
      requests: BigInt(row.requests),
      tokens: BigInt(row.tokens),
      cost: money(row, 'spent') + money(row, 'saved'),
      latencyMs: BigInt(row.latency),
    }));
  }
}

function rowsSince(from: number): RawBuilder<unknown> {
  return sql`l.at >= ${BigInt(from)} and ${sql.raw(ROWS)}`;
}

/** Sums of Postgres are decimal numbers, whose division is none of whole numbers. */
function sums(): RawBuilder<unknown> {
  return sql.join(
    SUM_NAMES.map((name) => sql`cast(coalesce(${sql.raw(SUMS[name])}, 0) as bigint) as ${sql.ref(name)}`),
  );
}

function texts(): RawBuilder<unknown> {
  return sql.join(SUM_NAMES.map((name) => sql`cast(${sql.ref(`grouped.${name}`)} as text) as ${sql.ref(name)}`));
}

function money(row: SumRow, name: 'spent' | 'saved'): NanoUsd {
  return BigInt(row[`${name}_usd`]) * NANO_PER_USD + BigInt(row[`${name}_nano`]);
}
