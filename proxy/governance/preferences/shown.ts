import type { StoredPreferences, TierName } from './types.ts';

/** Preferences as the API shows them: what nothing is said of is null, or its default. */
export interface PreferencesView {
  /** Of the virtual key, user, team or customer. */
  readonly id: string;
  readonly default_tier: TierName | null;
  readonly min_tier: TierName | null;
  readonly max_tier: TierName | null;
  readonly auto_escalation: boolean;
  readonly cache_aware: boolean;
  readonly preferred_providers: readonly string[];
  readonly max_cost_per_request_cents: number | null;
  readonly monthly_budget_cents: number | null;
}

export function preferencesView(id: string, stored: StoredPreferences): PreferencesView {
  return {
    id,
    default_tier: stored.defaultTier,
    min_tier: stored.minTier,
    max_tier: stored.maxTier,
    auto_escalation: stored.autoEscalation ?? true,
    cache_aware: stored.cacheAware ?? true,
    preferred_providers: stored.preferredProviders ?? [],
    max_cost_per_request_cents: stored.maxCostPerRequestCents,
    monthly_budget_cents: stored.monthlyBudgetCents,
  };
}
