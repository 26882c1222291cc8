import type { Holder } from '../lookup.ts';

/** How good a model a request of `auto` gets, ascending. */
export const TIER_NAMES = ['micro', 'standard', 'versatile', 'heavy', 'complex'] as const;
export type TierName = (typeof TIER_NAMES)[number];

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

/** What is stored for an id without preferences. */
export const NOTHING_STORED: StoredPreferences = {
  defaultTier: null,
  minTier: null,
  maxTier: null,
  autoEscalation: null,
  cacheAware: null,
  preferredProviders: null,
  maxCostPerRequestCents: null,
  monthlyBudgetCents: null,
};

/** A level of a chain that has preferences of its own. */
export interface PreferenceLevel {
  readonly level: 'key' | 'user' | 'team' | 'customer';
  /** Of the virtual key, user, team or customer. */
  readonly id: string;
  readonly preferences: StoredPreferences;
}

/** Preferences in memory. Lookups never wait. */
export interface PreferenceDirectory {
  of(holder: Holder | undefined): Preferences;
  /** The levels of the chain that have some, nearest first: key, user, team, customer. */
  levels(holder: Holder | undefined): readonly PreferenceLevel[];
}

/** Hears of what is stored for an id, and with undefined that nothing is any more. Must not throw. */
export type PreferenceListener = (id: string, preferences: StoredPreferences | undefined) => void;
