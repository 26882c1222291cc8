/** How good a model a request of `auto` gets, ascending. */
export type TierName = 'micro' | 'standard' | 'versatile' | 'heavy' | 'complex';

/** What a virtual key, user, team or customer wants of the model `auto`; null = nothing is said. */
export interface StoredPreferences {
  readonly defaultTier: TierName | null;
  readonly minTier: TierName | null;
  readonly maxTier: TierName | null;
  readonly autoEscalation: boolean | null;
  readonly cacheAware: boolean | null;
  /** Canonical names; null = nothing is said. */
  readonly preferredProviders: readonly string[] | null;
  readonly maxCostPerRequestCents: number | null;
  readonly monthlyBudgetCents: number | null;
}

/** The preferences that hold for a caller: of each, the nearest of its chain that says something. */
export interface Preferences extends StoredPreferences {
  readonly autoEscalation: boolean;
  readonly cacheAware: boolean;
  readonly preferredProviders: readonly string[];
}

export const NO_PREFERENCES: Preferences = {
  defaultTier: null,
  minTier: null,
  maxTier: null,
  autoEscalation: true,
  cacheAware: true,
  preferredProviders: [],
  maxCostPerRequestCents: null,
  monthlyBudgetCents: null,
};
