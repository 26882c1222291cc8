import { randomUUID } from 'node:crypto';
import type { BudgetRow, OwnerKind, RateLimitRow } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { invalid } from './fault.ts';
import { objectOf, type Field } from './fields.ts';
import { clearable, count, given, membersSchema, money, period, readMembers, required, type Rule } from './rules.ts';

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

/** A budget as bodies have it. Where there is none yet, both members are required. */
export function budgetRule(unit: BudgetUnit): Rule<BudgetPatch> {
  const members = {
    max_limit: required(money(unit), 'What may be spent in a window; 0 is a limit too.'),
    reset_duration: required(period, RESET_DURATION),
  };
  return {
    schema: (isNew) => ({ title: isNew ? 'BudgetInput' : 'BudgetChange', ...membersSchema(members, isNew) }),
    read: (value, name) => {
      const read = readMembers(objectOf(value, name), members, false, `${name}.`);
      return { max_limit: read.max_limit ?? undefined, reset_duration: read.reset_duration ?? undefined };
    },
  };
}

const RESET_DURATION =
  'Length of a window: numbers with ns, us, ms, s, m, h, d (24 h), w (7 d), M (30 d) or Y (365 d), such as 1h30m; at most 10^15 ms.';

const RATE_LIMIT = {
  token_max_limit: clearable(count, 'Tokens in a window; null = no limit.'),
  token_reset_duration: clearable(period, RESET_DURATION),
  request_max_limit: clearable(count, 'Requests in a window; null = no limit.'),
  request_reset_duration: clearable(period, RESET_DURATION),
};
const WINDOWS = ['token', 'request'] as const;

/** A rate limit as bodies have it. Where there is none yet, a limit is required, and its duration in any case. */
export const rateLimitRule: Rule<RateLimitPatch> = {
  schema: (isNew) => ({
    title: isNew ? 'RateLimitInput' : 'RateLimitChange',
    ...membersSchema(RATE_LIMIT, isNew),
    ...(isNew
      ? {
          anyOf: WINDOWS.map((name) => given(`${name}_max_limit`)),
          allOf: WINDOWS.map((name) => ({
            anyOf: [{ not: given(`${name}_max_limit`) }, given(`${name}_reset_duration`)],
          })),
        }
      : {}),
  }),
  read: (value, name) => readMembers(objectOf(value, name), RATE_LIMIT, false, `${name}.`),
};

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
  for (const name of WINDOWS) {
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
