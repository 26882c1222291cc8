import type { BudgetRow, RateLimitRow } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { invalid } from './fault.ts';
import { mapField, memberOf, objectOf, type Body, type Field } from './fields.ts';
import {
  mergedBudget,
  mergedRateLimit,
  readBudget,
  readRateLimit,
  type BudgetPatch,
  type Owner,
  type RateLimitPatch,
} from './limits.ts';

/** Limits of one key for single models or providers, by name. They are kept as JSON in the row of the key. */
export type NamedLimits = ReadonlyMap<string, NamedLimit>;

export interface NamedLimit {
  readonly budget?: BudgetRow;
  readonly rateLimit?: RateLimitRow;
}

export type NamedLimitsPatch = readonly (readonly [string, { budget?: BudgetPatch; rateLimit?: RateLimitPatch }])[];

export function readNamedLimits(body: Body, name: string, unit: BudgetUnit): Field<NamedLimitsPatch> {
  return mapField(body, name, (value, place) => {
    const entry = objectOf(value, place);
    const [budget, rateLimit] = [memberOf(entry, 'budget'), memberOf(entry, 'rate_limit')];
    if ((budget ?? null) === null && (rateLimit ?? null) === null) {
      throw invalid(`Every entry of ${name} needs a budget or a rate_limit.`);
    }
    return {
      ...((budget ?? null) === null ? {} : { budget: readBudget(budget, 'budget', unit) }),
      ...((rateLimit ?? null) === null ? {} : { rateLimit: readRateLimit(rateLimit, 'rate_limit') }),
    };
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
