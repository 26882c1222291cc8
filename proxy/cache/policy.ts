import type { RequestFacts } from '../protocols/types.ts';
import type { Targets } from './target.ts';
import type { CacheControls, CacheHit, Recording } from './types.ts';

/** The configured side of caching for one model; times in milliseconds, sizes in bytes. */
export interface CacheSettings {
  readonly enabled: boolean;
  readonly ttlMs: number;
  /** How long an entry is kept past its end, for requests that ask for a stale one. */
  readonly staleMs: number;
  /** How long past its end an entry is served at once while it is renewed. */
  readonly swrMs: number;
  /** How long past its end an entry stands in for a failure, where the request does not say otherwise. */
  readonly staleIfErrorMs: number;
  /** How long a refusal is served again to equal requests; 0 = refusals are not stored. */
  readonly negativeMs: number;
  /** Answers that are kept for a request with a temperature above 0. */
  readonly variants: number;
  /** The inputs of a list are stored one by one. */
  readonly splitEmbeddings: boolean;
  /** Answers larger than this are not stored. */
  readonly maxEntryBytes: number;
  readonly namespace: string;
  /** Top-level body fields that do not count for the key. */
  readonly ignore: readonly string[];
  /** What the model's answers are made by: entries of other targets are misses. */
  readonly targets: Targets;
  /** Whether some endpoint is given the caller's own credential. */
  readonly forwardsCredential: boolean;
}

/** What an exchange may do with the cache. */
export interface CachePermission {
  /** Look for a stored answer. */
  readonly read: boolean;
  /** Store the answer. */
  readonly write: boolean;
  /** Share one upstream call with equal requests. */
  readonly join: boolean;
}

export const NO_CACHING: CachePermission = { read: false, write: false, join: false };

export function cachePermission(
  settings: CacheSettings,
  facts: RequestFacts,
  controls: CacheControls,
): CachePermission {
  if (!settings.enabled || facts.stateful) return NO_CACHING;
  return {
    read: controls.read,
    write: controls.write,
    // A client that insists on a new answer, or on one that is not kept, gets a call of its own.
    join: controls.read && controls.write && !controls.onlyIfCached,
  };
}

/** The fields that name the caller: they say nothing about the answer, but some answers repeat them. */
const CALLER_FIELDS: ReadonlySet<string> = new Set(['user', 'metadata', 'safety_identifier', 'prompt_cache_key']);

/**
 * The fields of this request that do not count for its key. Where the provider keeps the answer, the caller's fields are
 * kept with it and shown to every client that retrieves it: there they count.
 */
export function ignoredFields(settings: CacheSettings, facts: RequestFacts): readonly string[] {
  return facts.store ? settings.ignore.filter((name) => !CALLER_FIELDS.has(name)) : settings.ignore;
}

/** Milliseconds that an answer to this request is fresh. */
export function lifetimeMs(settings: CacheSettings, controls: CacheControls): number {
  return controls.ttlMs ?? settings.ttlMs;
}

/**
 * Milliseconds that a refusal of this request is served again; 0 = it is not stored. A request that takes no stored answer, or
 * not every one, does not know that there is no good one.
 */
export function refusalLifetimeMs(settings: CacheSettings, controls: CacheControls): number {
  if (!controls.read || limitsAge(controls)) return 0;
  return Math.min(controls.ttlMs ?? Infinity, settings.negativeMs);
}

/** Milliseconds since the answer was stored. */
export function ageMs(recording: Recording, now: number): number {
  return Math.max(0, now - recording.storedAt);
}

/** Whether the recording answers the request at once. */
export function mayAnswer(recording: Recording, controls: CacheControls, now: number): boolean {
  if (!controls.read || now + (controls.minFreshMs ?? 0) >= recording.expiresAt) return false;
  return ageMs(recording, now) < (controls.maxAgeMs ?? Infinity);
}

/** What the staleness of an entry is measured by. */
export interface StaleTerms {
  readonly settings: Pick<CacheSettings, 'staleMs' | 'swrMs' | 'staleIfErrorMs'>;
  readonly controls: CacheControls;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Milliseconds that an entry is kept past its end. */
export function keptMs({ staleMs, swrMs, staleIfErrorMs }: StaleTerms['settings']): number {
  return Math.max(staleMs, swrMs, staleIfErrorMs);
}

/**
 * Whether an entry past its end answers at once and is renewed behind (RFC 5861 §3). A request that wants a new, an unkept or
 * a young answer never gets one; what it says of `stale-while-revalidate` goes before the configuration.
 */
export function mayAnswerWhileRenewed(
  { recording, fresh }: CacheHit,
  { settings, controls, now }: StaleTerms,
): boolean {
  if (fresh || !controls.read || !controls.write || limitsAge(controls)) return false;
  const pastMs = now - recording.expiresAt;
  return pastMs >= 0 && pastMs < Math.min(controls.staleWhileRevalidateMs ?? settings.swrMs, keptMs(settings));
}

/**
 * Whether the hit may answer once every endpoint has failed (RFC 5861 §4). The configuration speaks for requests that say
 * nothing of how old or how stale an answer may be.
 */
export function mayAnswerOnError({ recording }: CacheHit, { settings, controls, now }: StaleTerms): boolean {
  const windowMs = controls.staleIfErrorMs ?? (limitsAge(controls) ? undefined : settings.staleIfErrorMs);
  return windowMs !== undefined && now - recording.expiresAt < Math.min(windowMs, keptMs(settings));
}

function limitsAge({ maxAgeMs, minFreshMs }: CacheControls): boolean {
  return maxAgeMs !== undefined || minFreshMs !== undefined;
}
