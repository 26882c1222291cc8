import type { OwnerKind } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { invalid } from './fault.ts';
import {
  booleanField,
  choiceField,
  instantField,
  listField,
  mapField,
  memberOf,
  nameField,
  numberField,
  shortTextField,
  shortTextOf,
  textField,
  zoneField,
  type Body,
  type Field,
} from './fields.ts';
import { readBudget, readRateLimit, type BudgetPatch, type RateLimitPatch } from './limits.ts';
import { readNamedLimits, type NamedLimitsPatch } from './named-limits.ts';

export type EntityKind = OwnerKind;
export type ColumnValue = string | number | boolean | null;

/** What a request changes. A member that is absent stays, null clears. */
export interface Patch {
  /** Columns of the entity's own row, by name. */
  readonly columns: Readonly<Record<string, ColumnValue>>;
  readonly budget?: Field<BudgetPatch>;
  readonly rateLimit?: Field<RateLimitPatch>;
  readonly modelLimits?: Field<NamedLimitsPatch>;
  readonly providerLimits?: Field<NamedLimitsPatch>;
}

export interface PatchRules {
  readonly unit: BudgetUnit;
  /** Names under `plans` of the configuration. */
  readonly plans: readonly string[];
}

const MAX_CONCURRENCY = 1_000_000;

/** Reads a body whole before anything is changed. Throws GovernanceFault 400 with a sentence that names the field. */
export function readPatch(kind: EntityKind, body: Body, isNew: boolean, rules: PatchRules): Patch {
  const given: Columns = { name: nameField(body, isNew), ...COLUMNS[kind](body, rules) };
  const columns = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, ColumnValue] => entry[1] !== undefined),
  );
  return {
    columns: oneOwner(kind, columns),
    budget: nested(body, 'budget', (value) => readBudget(value, 'budget', rules.unit)),
    ...(kind === 'user' || kind === 'virtual_key'
      ? { rateLimit: nested(body, 'rate_limit', (value) => readRateLimit(value, 'rate_limit')) }
      : {}),
    ...(kind === 'virtual_key'
      ? {
          modelLimits: readNamedLimits(body, 'model_limits', rules.unit),
          providerLimits: readNamedLimits(body, 'provider_limits', rules.unit),
        }
      : {}),
  };
}

type Columns = Readonly<Record<string, ColumnValue | undefined>>;

const COLUMNS: Readonly<Record<EntityKind, (body: Body, rules: PatchRules) => Columns>> = {
  customer: (body, { plans }) => ({
    plan: planField(body, plans),
    trial_ends_at: instantField(body, 'trial_ends_at'),
  }),
  team: (body) => ({ customer_id: shortTextField(body, 'customer_id') }),
  user: (body) => ({
    external_id: shortTextField(body, 'external_id'),
    is_active: booleanField(body, 'is_active'),
    team_id: shortTextField(body, 'team_id'),
    customer_id: shortTextField(body, 'customer_id'),
  }),
  virtual_key: (body) => ({
    description: textField(body, 'description', { mayBeEmpty: true }),
    is_active: booleanField(body, 'is_active'),
    allowed_models: jsonOf(listField(body, 'allowed_models')),
    allowed_providers: jsonOf(listField(body, 'allowed_providers')),
    team_id: shortTextField(body, 'team_id'),
    customer_id: shortTextField(body, 'customer_id'),
    user_id: shortTextField(body, 'user_id'),
    expires_at: instantField(body, 'expires_at'),
    max_concurrency: concurrencyField(body),
    model_aliases: jsonOf(aliasesField(body)),
    calendar: choiceField(body, 'calendar', ['day', 'week', 'month']),
    time_zone: zoneField(body, 'time_zone'),
  }),
};

function jsonOf(value: Field<object>): string | null | undefined {
  return value === undefined || value === null ? value : JSON.stringify(value);
}

function planField(body: Body, plans: readonly string[]): Field<string> {
  const plan = shortTextField(body, 'plan');
  if (typeof plan === 'string' && !plans.includes(plan)) throw invalid('plan is not the name of a configured plan.');
  return plan;
}

function concurrencyField(body: Body): Field<number> {
  const value = numberField(body, 'max_concurrency');
  if (value === undefined || value === null) return value;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > MAX_CONCURRENCY) {
    throw invalid(`max_concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}.`);
  }
  return count;
}

/** Kept as entries: a name such as `__proto__` is a name like any other. */
function aliasesField(body: Body): Field<readonly (readonly [string, string])[]> {
  return mapField(body, 'model_aliases', (value) => shortTextOf(value, 'Every value of model_aliases'));
}

function nested<T>(body: Body, name: string, read: (value: unknown) => T): Field<T> {
  const value = memberOf(body, name);
  return value === undefined || value === null ? value : read(value);
}

const NAMES: Readonly<Record<EntityKind, string>> = {
  customer: 'A customer',
  team: 'A team',
  user: 'A user',
  virtual_key: 'A virtual key',
};

/** A team or a customer: naming one takes the other away. */
function oneOwner(kind: EntityKind, columns: Readonly<Record<string, ColumnValue>>): Record<string, ColumnValue> {
  if (kind !== 'user' && kind !== 'virtual_key') return columns;
  const [team, customer] = [columns['team_id'] ?? null, columns['customer_id'] ?? null];
  if (team !== null && customer !== null) {
    throw invalid(`${NAMES[kind]} cannot be attached to both a team and a customer.`);
  }
  if (team !== null) return { ...columns, customer_id: null };
  return customer === null ? columns : { ...columns, team_id: null };
}
