import type { BudgetRow, CustomerRow, RateLimitRow, TeamRow, UserRow, VirtualKeyRow } from '../database/tables.ts';
import { parsePeriod } from '../core/period.ts';
import { instantOf } from './fields.ts';
import { NANO_PER_CENT } from './limits/amounts.ts';
import { parseNamedLimits } from './named-limits.ts';
import { retiredOf, type RetiredValue } from './retired-values.ts';

/** A fixed window: it began at the anchor, or a whole number of durations after it. */
export interface Window {
  readonly ms: number;
  /** Milliseconds since the epoch. */
  readonly anchor: number;
}

export interface BudgetLimit {
  readonly id: string;
  /** Nano-USD; a level refuses once what it has used reaches this. */
  readonly max: bigint;
  readonly window: Window;
}

export interface CountLimit {
  readonly max: bigint;
  readonly window: Window;
}

export interface RateLimit {
  readonly id: string;
  readonly tokens?: CountLimit;
  readonly requests?: CountLimit;
}

/** What every level of a chain may have. */
export interface Limits {
  readonly budget?: BudgetLimit;
  readonly rateLimit?: RateLimit;
}

export interface CustomerEntry extends Limits {
  readonly id: string;
  readonly name: string;
  readonly plan: string | null;
  /** Milliseconds since the epoch. */
  readonly trialEndsAt: number | null;
}

export interface TeamEntry extends Limits {
  readonly id: string;
  readonly name: string;
  readonly customerId: string | null;
}

export interface UserEntry extends Limits {
  readonly id: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly isActive: boolean;
  readonly teamId: string | null;
  readonly customerId: string | null;
}

export interface KeyEntry extends Limits {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly retired: readonly RetiredValue[];
  readonly isActive: boolean;
  /** Null: all. An empty list is read as null. */
  readonly allowedModels: readonly string[] | null;
  readonly allowedProviders: readonly string[] | null;
  readonly teamId: string | null;
  readonly customerId: string | null;
  readonly userId: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
  readonly maxConcurrency: number | null;
  readonly modelAliases: ReadonlyMap<string, string>;
  readonly modelLimits: ReadonlyMap<string, Limits>;
  readonly providerLimits: ReadonlyMap<string, Limits>;
  readonly calendar: 'day' | 'week' | 'month' | null;
  readonly timeZone: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export type Entry = CustomerEntry | TeamEntry | UserEntry | KeyEntry;

/** Rows as requests need them: parsed once, when they are loaded. */
export const entryReaders = {
  customer: (row: CustomerRow, budget?: BudgetRow): CustomerEntry => ({
    id: row.id,
    name: row.name,
    plan: row.plan,
    trialEndsAt: row.trial_ends_at === null ? null : instantOf(row.trial_ends_at),
    ...limitsOf(budget, undefined),
  }),
  team: (row: TeamRow, budget?: BudgetRow): TeamEntry => ({
    id: row.id,
    name: row.name,
    customerId: row.customer_id,
    ...limitsOf(budget, undefined),
  }),
  user: (row: UserRow, budget?: BudgetRow, rateLimit?: RateLimitRow): UserEntry => ({
    id: row.id,
    name: row.name,
    externalId: row.external_id,
    isActive: row.is_active,
    teamId: row.team_id,
    customerId: row.customer_id,
    ...limitsOf(budget, rateLimit),
  }),
  virtual_key: (row: VirtualKeyRow, budget?: BudgetRow, rateLimit?: RateLimitRow): KeyEntry => ({
    id: row.id,
    name: row.name,
    digest: row.digest,
    retired: retiredOf(row),
    isActive: row.is_active,
    allowedModels: listOf(row.allowed_models),
    allowedProviders: listOf(row.allowed_providers),
    teamId: row.team_id,
    customerId: row.customer_id,
    userId: row.user_id,
    expiresAt: row.expires_at === null ? null : instantOf(row.expires_at),
    maxConcurrency: row.max_concurrency,
    modelAliases:
      row.model_aliases === null ? NO_ALIASES : new Map(JSON.parse(row.model_aliases) as [string, string][]),
    modelLimits: namedOf(row.model_limits),
    providerLimits: namedOf(row.provider_limits),
    calendar: row.calendar as KeyEntry['calendar'],
    timeZone: row.time_zone,
    createdAt: Date.parse(row.created_at),
    ...limitsOf(budget, rateLimit),
  }),
};

/** Most keys have none: they share one empty map. */
const NO_ALIASES: ReadonlyMap<string, string> = new Map();
const NO_LIMITS: ReadonlyMap<string, Limits> = new Map();

function listOf(text: string | null): readonly string[] | null {
  const list = text === null ? [] : (JSON.parse(text) as string[]);
  return list.length === 0 ? null : list;
}

function namedOf(text: string | null): ReadonlyMap<string, Limits> {
  if (text === null) return NO_LIMITS;
  return new Map([...parseNamedLimits(text)].map(([name, of]) => [name, limitsOf(of.budget, of.rateLimit)]));
}

function limitsOf(budget: BudgetRow | undefined, rateLimit: RateLimitRow | undefined): Limits {
  return {
    ...(budget === undefined ? {} : { budget: budgetLimit(budget) }),
    ...(rateLimit === undefined ? {} : { rateLimit: countLimits(rateLimit) }),
  };
}

function budgetLimit({ id, max_limit, reset_duration, last_reset }: BudgetRow): BudgetLimit {
  return { id, max: max_limit * NANO_PER_CENT, window: windowOf(reset_duration, last_reset) };
}

function countLimits(row: RateLimitRow): RateLimit {
  const tokens = countLimit(row.token_max_limit, row.token_reset_duration, row.token_last_reset);
  const requests = countLimit(row.request_max_limit, row.request_reset_duration, row.request_last_reset);
  return {
    id: row.id,
    ...(tokens === undefined ? {} : { tokens }),
    ...(requests === undefined ? {} : { requests }),
  };
}

function countLimit(max: bigint | null, duration: string | null, anchor: string): CountLimit | undefined {
  return max === null || duration === null ? undefined : { max, window: windowOf(duration, anchor) };
}

function windowOf(duration: string, anchor: string): Window {
  const ms = parsePeriod(duration);
  if (ms === undefined) throw new Error('a stored duration cannot be read');
  return { ms, anchor: Date.parse(anchor) };
}
