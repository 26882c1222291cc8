import type { PreferencesRow } from '../../database/preferences-table.ts';
import type { StoredPreferences, TierName } from './types.ts';

type PreferenceColumns = Omit<PreferencesRow, 'id' | 'owner_kind' | 'updated_at'>;

export function storedPreferences(row: PreferencesRow): StoredPreferences {
  return {
    defaultTier: row.default_tier as TierName | null,
    minTier: row.min_tier as TierName | null,
    maxTier: row.max_tier as TierName | null,
    autoEscalation: row.auto_escalation,
    cacheAware: row.cache_aware,
    preferredProviders: row.preferred_providers === null ? null : (JSON.parse(row.preferred_providers) as string[]),
    maxCostPerRequestCents: numberOf(row.max_cost_per_request_cents),
    monthlyBudgetCents: numberOf(row.monthly_budget_cents),
  };
}

export function preferenceColumns(stored: StoredPreferences): PreferenceColumns {
  return {
    default_tier: stored.defaultTier,
    min_tier: stored.minTier,
    max_tier: stored.maxTier,
    auto_escalation: stored.autoEscalation,
    cache_aware: stored.cacheAware,
    preferred_providers: stored.preferredProviders === null ? null : JSON.stringify(stored.preferredProviders),
    max_cost_per_request_cents: bigintOf(stored.maxCostPerRequestCents),
    monthly_budget_cents: bigintOf(stored.monthlyBudgetCents),
  };
}

function numberOf(cents: bigint | null): number | null {
  return cents === null ? null : Number(cents);
}

function bigintOf(cents: number | null): bigint | null {
  return cents === null ? null : BigInt(cents);
}
