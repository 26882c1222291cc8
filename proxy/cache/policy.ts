import type { RequestFacts } from '../protocols/types.ts';
import type { CacheControls, CacheHit } from './types.ts';

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
    // Who insists on a new answer, or on one that is not kept, gets a call of their own.
    join: controls.read && controls.write && !controls.onlyIfCached,
  };
}

/** Milliseconds that an answer to this request is fresh. */
export function lifetimeMs(settings: CacheSettings, controls: CacheControls): number {
  return controls.ttlMs ?? settings.ttlMs;
}

/** Milliseconds since the answer was stored. */
export function ageMs(hit: CacheHit, now: number): number {
  return Math.max(0, now - hit.recording.storedAt);
}

/** Whether the hit answers the request at once. */
export function mayAnswer(hit: CacheHit, controls: CacheControls, now: number): boolean {
  return hit.fresh && controls.read && ageMs(hit, now) < (controls.maxAgeMs ?? Infinity);
}

/** Whether the hit may answer once every endpoint has failed (RFC 5861 §4). */
export function mayAnswerOnError(hit: CacheHit, controls: CacheControls, now: number): boolean {
  if (controls.staleIfErrorMs === undefined) return false;
  return now - hit.recording.expiresAt < controls.staleIfErrorMs;
}
