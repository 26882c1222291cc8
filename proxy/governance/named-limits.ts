import type { BudgetRow, RateLimitRow } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { invalid } from './fault.ts';
import { objectOf } from './fields.ts';
import {
  budgetRule,
  mergedBudget,
  mergedRateLimit,
  rateLimitRule,
  type BudgetPatch,
  type Owner,
  type RateLimitPatch,
} from './limits.ts';
import { clearable, given, mapOf, membersSchema, readMembers, type Rule } from './rules.ts';

/** Limits of one key for single models or providers, by name. They are kept as JSON in the row of the key. */
export type NamedLimits = ReadonlyMap<string, NamedLimit>;

export interface NamedLimit {
  readonly budget?: BudgetRow;
  readonly rateLimit?: RateLimitRow;
}

export type NamedLimitsPatch = readonly (readonly [string, { budget?: BudgetPatch; rateLimit?: RateLimitPatch }])[];

const LIMITS = (unit: BudgetUnit) => ({
  budget: clearable(budgetRule(unit), 'What may be spent.'),
  rate_limit: clearable(rateLimitRule, 'How many tokens and requests there may be.'),
});

/** Limits by the names of models or providers, as bodies have them: each has a budget, a rate limit, or both. */
export function namedLimitsRule(unit: BudgetUnit): Rule<NamedLimitsPatch> {
  const members = LIMITS(unit);
  return mapOf({
    schema: (isNew) => ({
      title: isNew ? 'NamedLimitInput' : 'NamedLimitChange',
      ...membersSchema(members, isNew),
      anyOf: Object.keys(members).map(given),
    }),
    read: (value, name) => {
      const { budget, rate_limit: rateLimit } = readMembers(objectOf(value, name), members, false);
      if ((budget ?? null) === null && (rateLimit ?? null) === null) {
        throw invalid(`${name} needs a budget or a rate_limit.`);
      }
      return { ...(budget ? { budget } : {}), ...(rateLimit ? { rateLimit } : {}) };
    },
  });
}

/** The whole map is replaced; a name that stays keeps the ids, and with them its usage. */
export function mergedNamedLimits(owner: Owner, old: NamedLimits, patch: NamedLimitsPatch, now: string): NamedLimits {
  return new Map(
    patch.map(([name, { budget, rateLimit }]) => {
      const before = old.get(name);
      return [
        name,
        {
          ...(budget === undefined ? {} : { budget: mergedBudget(owner, before?.budget, budget, now) }),
          ...(rateLimit === undefined ? {} : { rateLimit: mergedRateLimit(owner, before?.rateLimit, rateLimit, now) }),
        },
      ] as const;
    }),
  );
}

export function writeNamedLimits(limits: NamedLimits): string {
  return JSON.stringify([...limits], (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

const BIGINT = /^\d+n$/;

export function parseNamedLimits(text: string | null): NamedLimits {
  if (text === null) return new Map();
  const entries = JSON.parse(text, (name, value: unknown) =>
    name.endsWith('max_limit') && typeof value === 'string' && BIGINT.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as [string, NamedLimit][];
  return new Map(entries);
}

/** Ids of all budgets and rate limits in these maps. */
export function namedScopeIds(...maps: readonly NamedLimits[]): string[] {
  return maps.flatMap((map) => [...map.values()].flatMap(({ budget, rateLimit }) => scopeIdsOf(budget, rateLimit)));
}

export function scopeIdsOf(...rows: readonly (BudgetRow | RateLimitRow | undefined)[]): string[] {
  return rows.flatMap((row) => (row === undefined ? [] : [row.id]));
}
