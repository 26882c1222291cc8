import { randomUUID } from 'node:crypto';
import type { BudgetRow, OwnerKind, RateLimitRow } from '../database/tables.ts';
import { centsOf, MAX_AMOUNT, wholeOf, type BudgetUnit } from './amounts.ts';
import { parsePeriod } from '../core/period.ts';
import { invalid } from './fault.ts';
import { numberField, objectOf, textField, type Body, type Field } from './fields.ts';

/** What a request says of a budget; absent members stay as they are. */
export interface BudgetPatch {
  readonly max_limit?: bigint | undefined;
  readonly reset_duration?: string | undefined;
}

export interface RateLimitPatch {
  readonly token_max_limit?: Field<bigint>;
  readonly token_reset_duration?: Field<string>;
  readonly request_max_limit?: Field<bigint>;
  readonly request_reset_duration?: Field<string>;
}

/** Which entity a budget or a rate limit belongs to. */
export interface Owner {
  readonly kind: OwnerKind;
  readonly id: string;
}

export function readBudget(value: unknown, name: string, unit: BudgetUnit): BudgetPatch {
  const body = objectOf(value, name);
  const amount = numberField(body, 'max_limit');
  const duration = durationField(body, 'reset_duration');
  if (amount === null) throw invalid(`${name}.max_limit is required and cannot be null.`);
  if (duration === null) throw invalid(`${name}.reset_duration is required and cannot be null.`);
  const cents = amount === undefined ? undefined : centsOf(amount, unit);
  if (amount !== undefined && cents === undefined) {
    const allowed = unit === 'cents' ? 'a whole number of cents' : 'an amount of USD with at most two decimals';
    throw invalid(`${name}.max_limit must be ${allowed}, not negative, and at most 2^63 - 1 cents.`);
  }
  return { max_limit: cents, reset_duration: duration };
}

export function readRateLimit(value: unknown, name: string): RateLimitPatch {
  const body = objectOf(value, name);
  return {
    token_max_limit: countField(body, 'token_max_limit'),
    token_reset_duration: durationField(body, 'token_reset_duration'),
    request_max_limit: countField(body, 'request_max_limit'),
    request_reset_duration: durationField(body, 'request_reset_duration'),
  };
}

function countField(body: Body, name: string): Field<bigint> {
  const value = numberField(body, name);
  if (value === undefined || value === null) return value;
  const count = Number(value) === 2 ** 63 ? MAX_AMOUNT : wholeOf(value);
  if (count === undefined || count <= 0n || count > MAX_AMOUNT) {
    throw invalid(`${name} must be a whole number greater than zero.`);
  }
  return count;
}

function durationField(body: Body, name: string): Field<string> {
  const value = textField(body, name, { mayBeEmpty: true });
  if (typeof value === 'string' && parsePeriod(value) === undefined) {
    throw invalid(`${name} must be a duration greater than zero, such as 30s, 1h30m, 1d or 1M (a month).`);
  }
  return value;
}

/** The row after a patch. Usage has no place here, and the anchor of the windows stays where it is. */
export function mergedBudget(owner: Owner, old: BudgetRow | undefined, patch: BudgetPatch, now: string): BudgetRow {
  const max_limit = patch.max_limit ?? old?.max_limit;
  const reset_duration = patch.reset_duration ?? old?.reset_duration;
  if (max_limit === undefined) throw invalid('budget.max_limit is required.');
  if (reset_duration === undefined) throw invalid('budget.reset_duration is required.');
  return {
    ...created(owner, old, now),
    max_limit,
    reset_duration,
    last_reset: old?.last_reset ?? now,
  };
}

export function mergedRateLimit(
  owner: Owner,
  old: RateLimitRow | undefined,
  patch: RateLimitPatch,
  now: string,
): RateLimitRow {
  const merged = {
    ...created(owner, old, now),
    token_max_limit: kept(patch.token_max_limit, old?.token_max_limit),
    token_reset_duration: kept(patch.token_reset_duration, old?.token_reset_duration),
    token_last_reset: old?.token_last_reset ?? now,
    request_max_limit: kept(patch.request_max_limit, old?.request_max_limit),
    request_reset_duration: kept(patch.request_reset_duration, old?.request_reset_duration),
    request_last_reset: old?.request_last_reset ?? now,
  };
  if (old === undefined && merged.token_max_limit === null && merged.request_max_limit === null) {
    throw invalid('rate_limit needs token_max_limit or request_max_limit.');
  }
  for (const name of ['token', 'request'] as const) {
    if (merged[`${name}_max_limit`] !== null && merged[`${name}_reset_duration`] === null) {
      throw invalid(`rate_limit.${name}_max_limit needs ${name}_reset_duration.`);
    }
  }
  return merged;
}

function kept<T>(patch: Field<T>, old: T | null | undefined): T | null {
  return patch === undefined ? (old ?? null) : patch;
}

type Identity = Pick<BudgetRow, 'id' | 'owner_kind' | 'owner_id' | 'created_at' | 'updated_at'>;

function created(owner: Owner, old: Identity | undefined, now: string): Identity {
  return {
    id: old?.id ?? randomUUID(),
    owner_kind: owner.kind,
    owner_id: owner.id,
    created_at: old?.created_at ?? now,
    updated_at: now,
  };
}
