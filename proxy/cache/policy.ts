import type { RequestFacts } from '../protocols/types.ts';
import type { Targets } from './target.ts';
import type { CacheControls, CacheHit, Recording } from './types.ts';

/** The configured side of caching for one model; times in milliseconds, sizes in bytes. */
export interface CacheSettings {
  readonly enabled: boolean;
  readonly ttlMs: number;
  /** How long an entry is kept past its end, for `stale-if-error`. */
  readonly staleMs: number;
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

/** Milliseconds since the answer was stored. */
export function ageMs(recording: Recording, now: number): number {
  return Math.max(0, now - recording.storedAt);
}

/** Whether the recording answers the request at once. */
export function mayAnswer(recording: Recording, controls: CacheControls, now: number): boolean {
  return controls.read && now < recording.expiresAt && ageMs(recording, now) < (controls.maxAgeMs ?? Infinity);
}

/** Whether the hit may answer once every endpoint has failed (RFC 5861 §4). */
export function mayAnswerOnError(hit: CacheHit, controls: CacheControls, now: number): boolean {
  if (controls.staleIfErrorMs === undefined) return false;
  return now - hit.recording.expiresAt < controls.staleIfErrorMs;
}
