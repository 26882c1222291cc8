import { columnMembers, hasOneOwner, limitMembersOf, type EntityKind, type PatchRules } from './entity-members.ts';
import { invalid } from './fault.ts';
import type { Body, Field } from './fields.ts';
import type { BudgetPatch, RateLimitPatch } from './limits.ts';
import type { NamedLimitsPatch } from './named-limits.ts';
import { readMembers } from './rules.ts';

export type { EntityKind, PatchRules } from './entity-members.ts';
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

/** Reads a body whole before anything is changed. Throws GovernanceFault 400 with a sentence that names the field. */
export function readPatch(kind: EntityKind, body: Body, isNew: boolean, rules: PatchRules): Patch {
  const columns = Object.entries(readMembers(body, columnMembers(kind, rules), isNew)).map(
    ([name, value]) => [name, columnOf(value)] as const,
  );
  const limits = readMembers(body, limitMembersOf(kind, rules.unit), isNew);
  return {
    columns: oneOwner(kind, Object.fromEntries(columns)),
    budget: limits.budget,
    rateLimit: limits.rate_limit,
    modelLimits: limits.model_limits,
    providerLimits: limits.provider_limits,
  };
}

/** Lists and maps are kept as JSON. */
function columnOf(value: unknown): ColumnValue {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as ColumnValue);
}

const NAMES: Readonly<Record<EntityKind, string>> = {
  customer: 'A customer',
  team: 'A team',
  user: 'A user',
  virtual_key: 'A virtual key',
};

/** A team or a customer: naming one takes the other away. */
function oneOwner(kind: EntityKind, columns: Readonly<Record<string, ColumnValue>>): Record<string, ColumnValue> {
  if (!hasOneOwner(kind)) return columns;
  const [team, customer] = [columns['team_id'] ?? null, columns['customer_id'] ?? null];
  if (team !== null && customer !== null) {
    throw invalid(`${NAMES[kind]} cannot be attached to both a team and a customer.`);
  }
  if (team !== null) return { ...columns, customer_id: null };
  return customer === null ? columns : { ...columns, team_id: null };
}
