import type { JsonObject } from '../core/json.ts';
import type { OwnerKind } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { budgetRule, rateLimitRule } from './limits.ts';
import { namedLimitsRule } from './named-limits.ts';
import {
  choice,
  clearable,
  concurrency,
  given,
  instant,
  longText,
  mapOf,
  membersSchema,
  nameAmong,
  names,
  optional,
  required,
  shortText,
  truth,
  zone,
  type Members,
} from './rules.ts';

export type EntityKind = OwnerKind;

export interface PatchRules {
  readonly unit: BudgetUnit;
  /** Names under `plans` of the configuration. */
  readonly plans: readonly string[];
}

const CUSTOMER = clearable(shortText, 'Id of a customer.');
const NAME = required(shortText, 'What it is called.');
const OWNERS = {
  team_id: clearable(shortText, 'Id of a team. Setting it clears `customer_id`.'),
  customer_id: clearable(shortText, 'Id of a customer. Setting it clears `team_id`.'),
};

/** Members that are columns of the entity's own row. */
export function columnMembers(kind: EntityKind, { plans }: Pick<PatchRules, 'plans'>): Members {
  return COLUMNS[kind](plans);
}

const COLUMNS: Readonly<Record<EntityKind, (plans: readonly string[]) => Members>> = {
  customer: (plans) => ({
    name: NAME,
    plan: clearable(
      nameAmong(plans, 'plan', 'the name of a configured plan'),
      'A name under `plans` of the configuration.',
    ),
    trial_ends_at: clearable(instant, 'When the trial ends.'),
  }),
  team: () => ({ name: NAME, customer_id: CUSTOMER }),
  user: () => ({
    name: NAME,
    external_id: clearable(shortText, 'What services call this user; no other user has it.'),
    is_active: optional(truth, 'Switching a user off switches its keys off. Default: true.'),
    ...OWNERS,
  }),
  virtual_key: () => ({
    name: required(shortText, 'What it is called; no other key has this name.'),
    description: clearable(longText, 'What it is for.'),
    is_active: optional(truth, 'A key that is off is refused with 403. Default: true.'),
    allowed_models: clearable(names, 'Models that it may use; `*` at the end stands for the rest; null or [] = all.'),
    allowed_providers: clearable(names, 'Providers that it may use; null or [] = all.'),
    ...OWNERS,
    user_id: clearable(shortText, 'Id of a user.'),
    expires_at: clearable(instant, 'When it ends.'),
    max_concurrency: clearable(concurrency, 'Requests at once.'),
    model_aliases: clearable(mapOf(shortText), 'Models by the names that this key has for them.'),
    calendar: clearable(
      choice(['day', 'week', 'month']),
      'Its budgets begin anew with the days, weeks or months of a calendar, in place of their own length; rate limits keep theirs.',
    ),
    time_zone: clearable(zone, 'Zone of that calendar. Default: UTC.'),
  }),
};

/** Members that have rows of their own, or are merged with what is there. */
export function limitMembers(unit: BudgetUnit) {
  return {
    budget: clearable(budgetRule(unit), 'What may be spent. Merged with the budget that there is.'),
    rate_limit: clearable(rateLimitRule, 'Tokens and requests. Merged with the rate limit that there is.'),
    model_limits: clearable(namedLimitsRule(unit), 'Limits by the names of models; replaced whole.'),
    provider_limits: clearable(namedLimitsRule(unit), 'Limits by the names of providers; replaced whole.'),
  };
}

type LimitMember = keyof ReturnType<typeof limitMembers>;

const LIMITS_OF: Readonly<Record<EntityKind, readonly LimitMember[]>> = {
  customer: ['budget'],
  team: ['budget'],
  user: ['budget', 'rate_limit'],
  virtual_key: ['budget', 'rate_limit', 'model_limits', 'provider_limits'],
};

/** Which of the limits an entity of this kind may have. */
export function limitMembersOf(kind: EntityKind, unit: BudgetUnit): Partial<ReturnType<typeof limitMembers>> {
  const all = limitMembers(unit);
  return Object.fromEntries(LIMITS_OF[kind].map((name) => [name, all[name]]));
}

/** JSON Schema of the body that creates an entity, or changes one. */
export function bodySchema(kind: EntityKind, isNew: boolean, unit: BudgetUnit): JsonObject {
  const members: Members = { ...columnMembers(kind, { plans: [] }), ...limitMembersOf(kind, unit) };
  return {
    ...membersSchema(members, isNew),
    ...(hasOneOwner(kind) ? { not: { allOf: [given('team_id'), given('customer_id')] } } : {}),
  };
}

/** Whether it belongs to a team or to a customer, and not to both. */
export function hasOneOwner(kind: EntityKind): boolean {
  return kind === 'user' || kind === 'virtual_key';
}
