import { randomBytes } from 'node:crypto';
import type { DatabaseAddress } from './address.ts';
import { batchesSchema } from './batches-table.ts';
import { credentialsSchema } from './credentials-table.ts';
import { ledgerSchema } from './ledger-table.ts';
import { objectsSchema } from './objects-table.ts';
import { preferencesSchema } from './preferences-table.ts';

type DatabaseKind = DatabaseAddress['kind'];

export interface Migration {
  readonly id: number;
  /** The statements, in their order. All migrations that are due run in one transaction. */
  statements(kind: DatabaseKind): readonly string[];
}

/** Names that are compared must not be compared by the rules of a language: two replicas would sort differently. */
const TIMES = 'created_at text not null, updated_at text not null';

function firstSchema(kind: DatabaseKind): string[] {
  const sequence =
    kind === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key';
  return [
    `create table llmproxy_meta (name text primary key, value text not null)`,
    `insert into llmproxy_meta (name, value) values ('pepper', '${randomBytes(32).toString('base64')}')`,
    `create table llmproxy_customers (id text primary key, name text not null, plan text, trial_ends_at text, ${TIMES})`,
    `create table llmproxy_teams (id text primary key, name text not null,
       customer_id text references llmproxy_customers (id), ${TIMES})`,
    `create table llmproxy_users (id text primary key, name text not null, external_id text unique,
       is_active boolean not null, team_id text references llmproxy_teams (id),
       customer_id text references llmproxy_customers (id), ${TIMES},
       check (team_id is null or customer_id is null))`,
    `create table llmproxy_virtual_keys (id text primary key, name text not null unique, description text,
       digest text not null unique, sealed_value text not null, retired text, is_active boolean not null,
       allowed_models text, allowed_providers text, team_id text references llmproxy_teams (id),
       customer_id text references llmproxy_customers (id), user_id text references llmproxy_users (id),
       expires_at text, max_concurrency integer, model_aliases text, model_limits text, provider_limits text,
       calendar text, time_zone text, ${TIMES},
       check (team_id is null or customer_id is null))`,
    `create table llmproxy_budgets (id text primary key, owner_kind text not null, owner_id text not null,
       max_limit bigint not null check (max_limit >= 0), reset_duration text not null, last_reset text not null, ${TIMES},
       unique (owner_kind, owner_id))`,
    `create table llmproxy_rate_limits (id text primary key, owner_kind text not null, owner_id text not null,
       token_max_limit bigint, token_reset_duration text, token_last_reset text not null,
       request_max_limit bigint, request_reset_duration text, request_last_reset text not null, ${TIMES},
       unique (owner_kind, owner_id))`,
    `create table llmproxy_audit (seq ${sequence}, at text not null, actor text not null, action text not null,
       kind text not null, entity_id text not null, before text, after text)`,
    `create index llmproxy_teams_customer on llmproxy_teams (customer_id)`,
    `create index llmproxy_users_team on llmproxy_users (team_id)`,
    `create index llmproxy_users_customer on llmproxy_users (customer_id)`,
    `create index llmproxy_virtual_keys_team on llmproxy_virtual_keys (team_id)`,
    `create index llmproxy_virtual_keys_customer on llmproxy_virtual_keys (customer_id)`,
    `create index llmproxy_virtual_keys_user on llmproxy_virtual_keys (user_id)`,
    `create index llmproxy_audit_at on llmproxy_audit (at)`,
  ];
}

/** Usage of limits, by the id of the limit. Amounts are text: nano-dollars of the largest budgets exceed 64 bits. */
function counters(): string[] {
  return [`create table llmproxy_counters (id text primary key, used text not null, start bigint not null)`];
}

/** In their order, with growing ids. What was released is never changed: a change is a further migration. */
export const MIGRATIONS: readonly Migration[] = [
  { id: 1, statements: (kind) => [...firstSchema(kind), ...ledgerSchema()] },
  { id: 2, statements: counters },
  { id: 3, statements: () => objectsSchema() },
  { id: 4, statements: () => batchesSchema() },
  { id: 5, statements: () => credentialsSchema() },
  { id: 6, statements: () => preferencesSchema() },
];
