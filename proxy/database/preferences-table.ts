import type { OwnerKind } from './tables.ts';

/** What a virtual key, user, team or customer wants of the model `auto`. Null = nothing is said; a row says something. */
export interface PreferencesRow {
  /** Of the virtual key, user, team or customer. */
  readonly id: string;
  readonly owner_kind: OwnerKind;
  readonly default_tier: string | null;
  readonly min_tier: string | null;
  readonly max_tier: string | null;
  readonly auto_escalation: boolean | null;
  readonly cache_aware: boolean | null;
  /** JSON list of canonical names. */
  readonly preferred_providers: string | null;
  readonly max_cost_per_request_cents: bigint | null;
  readonly monthly_budget_cents: bigint | null;
  readonly updated_at: string;
}

export function preferencesSchema(): string[] {
  return [
    `create table llmproxy_preferences (id text primary key, owner_kind text not null, default_tier text, min_tier text,
       max_tier text, auto_escalation boolean, cache_aware boolean, preferred_providers text,
       max_cost_per_request_cents bigint, monthly_budget_cents bigint, updated_at text not null)`,
  ];
}
