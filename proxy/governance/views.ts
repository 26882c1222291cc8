import type { Json, JsonObject } from '../core/json.ts';
import type { BudgetRow, CustomerRow, RateLimitRow, TeamRow, UserRow, VirtualKeyRow } from '../database/tables.ts';
import { countView, limitView, usageView, type BudgetUnit } from './amounts.ts';
import type { ScopeUsage } from './counters.ts';
import { parseNamedLimits } from './named-limits.ts';
import type { EntityKind } from './patches.ts';
import type { Relations } from './relations.ts';
import type { EntityRow } from './rows.ts';

export interface ViewContext {
  readonly relations: Relations;
  readonly usage: ReadonlyMap<string, ScopeUsage>;
  readonly unit: BudgetUnit;
  /** The value of a key; null when it cannot be opened with this master key. */
  valueOf(row: VirtualKeyRow): string | null;
}

/** An entity with its relations, as the API shows it. */
export function entityView(kind: EntityKind, row: EntityRow, context: ViewContext): JsonObject {
  return VIEWS[kind](row as never, context);
}

const VIEWS: Readonly<Record<EntityKind, (row: never, context: ViewContext) => JsonObject>> = {
  customer: (row: CustomerRow, context) => ({
    ...row,
    ...ownBudget(row.id, context),
    teams: (context.relations.teamsOfCustomer.get(row.id) ?? []).map((team) => nestedTeam(team, context)),
    virtual_keys: keysBelow(row.id, context),
  }),
  team: (row: TeamRow, context) => ({
    ...row,
    ...ownBudget(row.id, context),
    customer: customerOf(row, context),
    virtual_keys: keysBelow(row.id, context),
  }),
  user: (row: UserRow, context) => ({
    ...row,
    ...ownBudget(row.id, context),
    ...ownRateLimit(row.id, context),
    team: teamOf(row, context),
    customer: customerOf(row, context),
    virtual_keys: keysBelow(row.id, context),
  }),
  virtual_key: (row: VirtualKeyRow, context) => ({
    ...keyFields(row, context),
    value: context.valueOf(row),
    ...ownBudget(row.id, context),
    ...ownRateLimit(row.id, context),
    team: teamOf(row, context),
    customer: customerOf(row, context),
    user: userOf(row, context),
  }),
};

interface Attached {
  readonly team_id?: string | null;
  readonly customer_id?: string | null;
  readonly user_id?: string | null;
}

function teamOf({ team_id }: Attached, context: ViewContext): Json {
  const team = context.relations.teams.get(team_id ?? '');
  return team === undefined ? null : nestedTeam(team, context);
}

function customerOf({ customer_id }: Attached, context: ViewContext): Json {
  const customer = context.relations.customers.get(customer_id ?? '');
  return customer === undefined ? null : { ...customer, ...nestedBudget(customer.id, context), virtual_keys: null };
}

function userOf({ user_id }: Attached, context: ViewContext): Json {
  const user = context.relations.users.get(user_id ?? '');
  return user === undefined ? null : { ...user, ...nestedBudget(user.id, context), virtual_keys: null };
}

function nestedTeam(team: TeamRow, context: ViewContext): JsonObject {
  return { ...team, ...nestedBudget(team.id, context), virtual_keys: null };
}

/** Null when there are none. The value of a key is shown where the key itself is asked for. */
function keysBelow(ownerId: string, context: ViewContext): Json {
  const keys = context.relations.keysOfOwner.get(ownerId) ?? [];
  if (keys.length === 0) return null;
  return keys.map((key) => ({
    ...keyFields(key, context),
    ...nestedBudget(key.id, context),
    ...nestedRateLimit(key.id, context),
  }));
}

function keyFields(row: VirtualKeyRow, context: ViewContext): JsonObject {
  const { digest: _digest, sealed_value: _sealed, retired: _retired, ...shown } = row;
  return {
    ...shown,
    allowed_models: parsed(row.allowed_models),
    allowed_providers: parsed(row.allowed_providers),
    model_aliases: row.model_aliases === null ? null : fromEntries(parsed(row.model_aliases) as [string, Json][]),
    model_limits: namedView(row.model_limits, context),
    provider_limits: namedView(row.provider_limits, context),
  };
}

/** Own members whatever their names: assigning to `__proto__` would set something else. */
function fromEntries(entries: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(entries);
}

function parsed(text: string | null): Json {
  return text === null ? null : (JSON.parse(text) as Json);
}

function namedView(text: string | null, context: ViewContext): Json {
  if (text === null) return null;
  const entries = [...parseNamedLimits(text)].map(([name, { budget, rateLimit }]) => {
    const view: JsonObject = {
      ...(budget === undefined ? {} : { budget: budgetView(budget, context) }),
      ...(rateLimit === undefined ? {} : { rate_limit: rateLimitView(rateLimit, context) }),
    };
    return [name, view] as const;
  });
  return fromEntries(entries);
}

function ownBudget(ownerId: string, context: ViewContext): JsonObject {
  const row = context.relations.budgets.get(ownerId);
  return { budget_id: row?.id ?? null, budget: row === undefined ? null : budgetView(row, context) };
}

function ownRateLimit(ownerId: string, context: ViewContext): JsonObject {
  const row = context.relations.rateLimits.get(ownerId);
  return { rate_limit_id: row?.id ?? null, rate_limit: row === undefined ? null : rateLimitView(row, context) };
}

/** Nested entities have their budget whole or no such member at all. */
function nestedBudget(ownerId: string, context: ViewContext): JsonObject {
  return context.relations.budgets.has(ownerId) ? ownBudget(ownerId, context) : {};
}

function nestedRateLimit(ownerId: string, context: ViewContext): JsonObject {
  return context.relations.rateLimits.has(ownerId) ? ownRateLimit(ownerId, context) : {};
}

function budgetView(row: BudgetRow, { usage, unit }: ViewContext): JsonObject {
  const used = usage.get(row.id);
  return {
    id: row.id,
    max_limit: limitView(row.max_limit, unit),
    reset_duration: row.reset_duration,
    current_usage: usageView(used?.cost ?? 0n, unit),
    last_reset: resetAt(used?.costLastReset, row.last_reset),
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

function rateLimitView(row: RateLimitRow, { usage }: ViewContext): JsonObject {
  const used = usage.get(row.id);
  return {
    id: row.id,
    token_max_limit: row.token_max_limit === null ? null : countView(row.token_max_limit),
    token_reset_duration: row.token_reset_duration,
    token_current_usage: used?.tokens ?? 0,
    token_last_reset: resetAt(used?.tokensLastReset, row.token_last_reset),
    request_max_limit: row.request_max_limit === null ? null : countView(row.request_max_limit),
    request_reset_duration: row.request_reset_duration,
    request_current_usage: used?.requests ?? 0,
    request_last_reset: resetAt(used?.requestsLastReset, row.request_last_reset),
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

function resetAt(counted: number | undefined, anchor: string): string {
  return counted === undefined ? anchor : new Date(counted).toISOString();
}
