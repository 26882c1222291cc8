/*
 * What governance asks of the counters. They own all usage and the windows it is counted in; the store keeps only what was
 * allowed, so an edit never writes usage. A scope is a budget or a rate
 * limit, known by the id of its row.
 */

/** Usage of the window that is open now: an expired one reads as zero, whether or not anything has reset it. */
export interface ScopeUsage {
  /** Of a budget, in nano-USD. */
  readonly cost: bigint;
  /** Of a rate limit. */
  readonly tokens: number;
  readonly requests: number;
  /** When the windows began, milliseconds since the epoch; undefined: at the anchor that the store has. */
  readonly costLastReset?: number;
  readonly tokensLastReset?: number;
  readonly requestsLastReset?: number;
}

/** What one key has used, in all or of one provider and model. */
export interface KeyUsage {
  readonly keyId: string;
  readonly provider?: string;
  readonly model?: string;
  readonly tokens: number;
  readonly requests: number;
  /** Milliseconds since the epoch. */
  readonly tokensLastReset: number;
  readonly requestsLastReset: number;
}

/** What a reset concerns: with a provider or a model those counters alone, else everything of the key, and no level above it. */
export interface ResetRequest {
  readonly keyId: string;
  /** Those that belong to the key itself, the ones of its models and providers included. */
  readonly scopeIds: readonly string[];
  readonly provider?: string;
  readonly model?: string;
}

export interface GovernanceCounters {
  /** By the id of the scope. Scopes without usage may be left out of the answer. */
  read(scopeIds: readonly string[]): Promise<ReadonlyMap<string, ScopeUsage>>;
  /** Zero at once, for every replica; what runs at this moment is counted in the new window. */
  reset(request: ResetRequest): Promise<void>;
  /** Counters of these keys, or of all keys; a key that was never used has none. */
  usage(keyIds?: readonly string[]): Promise<readonly KeyUsage[]>;
  /** Takes away what deleted entities had used. */
  forget(gone: { readonly keyId?: string; readonly scopeIds: readonly string[] }): Promise<void>;
  /** For diagnosis: one JSON object a counter. */
  dump(): Promise<readonly object[]>;
  /** Undefined while they work, else one sentence. */
  trouble(): Promise<string | undefined>;
}
