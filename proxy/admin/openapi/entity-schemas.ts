import type { JsonObject } from '../../core/json.ts';
import type { BudgetUnit } from '../../governance/amounts.ts';
import { columnMembers, limitMembersOf, type EntityKind } from '../../governance/entity-members.ts';
import { membersSchema, orNull } from '../../governance/rules.ts';
import { amount, arrayOf, mapTo, named, object, text, time, whole } from './parts.ts';

const NAMES: Readonly<Record<EntityKind, string>> = {
  customer: 'Customer',
  team: 'Team',
  user: 'User',
  virtual_key: 'VirtualKey',
};

const id = text({ format: 'uuid' });

function budget(unit: BudgetUnit): JsonObject {
  const money = { ...amount, description: `In ${unit}.` };
  return named(
    'Budget',
    object({
      id,
      max_limit: money,
      reset_duration: text(),
      current_usage: money,
      last_reset: time,
      created_at: time,
      updated_at: time,
    }),
  );
}

const rateLimit = named(
  'RateLimit',
  object({
    id,
    token_max_limit: orNull(whole),
    token_reset_duration: orNull(text()),
    token_current_usage: whole,
    token_last_reset: time,
    request_max_limit: orNull(whole),
    request_reset_duration: orNull(text()),
    request_current_usage: whole,
    request_last_reset: time,
    created_at: time,
    updated_at: time,
  }),
);

/** The members that an entity of this kind has wherever it is shown: those that bodies have, its id and its times. */
function ownProperties(kind: EntityKind, unit: BudgetUnit): JsonObject {
  const members = columnMembers(kind, { plans: [] });
  const { properties } = membersSchema(members, true) as { properties: JsonObject };
  return {
    id,
    ...properties,
    ...(kind === 'virtual_key' ? { model_limits: namedLimits(unit), provider_limits: namedLimits(unit) } : {}),
    created_at: time,
    updated_at: time,
  };
}

function namedLimits(unit: BudgetUnit): JsonObject {
  const limits = object({ budget: budget(unit), rate_limit: rateLimit }, ['budget', 'rate_limit']);
  return orNull(mapTo(named('NamedLimit', limits)));
}

function limitProperties(kind: EntityKind, unit: BudgetUnit): JsonObject {
  const limits = limitMembersOf(kind, unit);
  return {
    ...(limits.budget ? { budget_id: orNull(id), budget: orNull(budget(unit)) } : {}),
    ...(limits.rate_limit ? { rate_limit_id: orNull(id), rate_limit: orNull(rateLimit) } : {}),
  };
}

/** An entity inside another one: its limits stand there only if it has some, its keys are not loaded. */
function nested(kind: EntityKind, unit: BudgetUnit): JsonObject {
  const limits = limitProperties(kind, unit);
  const properties = {
    ...ownProperties(kind, unit),
    ...limits,
    ...(kind === 'virtual_key' ? {} : { virtual_keys: { type: 'null' } }),
  };
  return named(`Nested${NAMES[kind]}`, object(properties, Object.keys(limits)));
}

/** An entity with its relations, one level deep. */
export function entitySchema(kind: EntityKind, unit: BudgetUnit): JsonObject {
  const below = orNull(arrayOf(nested('virtual_key', unit)));
  const [team, customer] = [orNull(nested('team', unit)), orNull(nested('customer', unit))];
  const relations: Readonly<Record<EntityKind, JsonObject>> = {
    customer: { teams: arrayOf(nested('team', unit)), virtual_keys: below },
    team: { customer, virtual_keys: below },
    user: { team, customer, virtual_keys: below },
    virtual_key: {
      value: orNull(text({ description: 'The secret; null when it was sealed with another master key.' })),
      team,
      customer,
      user: orNull(nested('user', unit)),
    },
  };
  return named(
    NAMES[kind],
    object({ ...ownProperties(kind, unit), ...limitProperties(kind, unit), ...relations[kind] }),
  );
}

/** The title of a body's schema. */
export function bodyTitle(kind: EntityKind, isNew: boolean): string {
  return `${NAMES[kind]}${isNew ? 'Input' : 'Change'}`;
}
