import type { CacheStats } from '../cache/tiers.ts';
import type { EndpointStats } from '../routing/stats.ts';
import type { RequestCounters } from '../telemetry/stats.ts';
import type { AdminDeps } from './deps.ts';

/** What `/health` and `/stats` are made of. */
export interface Reading {
  readonly uptimeMs: number;
  readonly counters: RequestCounters;
  readonly cache: CacheStats;
  /** By the name of their model, `*` among them. */
  readonly endpoints: ReadonlyMap<string, readonly EndpointStats[]>;
  /** Null when no Redis is configured. */
  readonly redisConnected: boolean | null;
  readonly redisRefusal: string | null;
  /** Left out = there are no virtual keys. */
  readonly governed?: { readonly databaseConnected: boolean; readonly countsLocally: boolean };
  /** Left out = this process is the only one. */
  readonly workers?: WorkersReading;
}

/** The processes that answer requests. */
export interface WorkersReading {
  readonly configured: number;
  /** Of how many the rest of the reading is. */
  readonly answered: number;
  /** Processes that took the place of one that had ended. */
  readonly restarts: number;
}

/** What several processes show together. */
export interface Whole {
  reading(): Promise<Reading>;
  /** Prometheus text, as `Telemetry.metricsPieces` gives it. */
  metricsPieces(): AsyncIterable<string>;
}

/** What this process shows: its own reading, or that of all. */
export function readingOf(deps: AdminDeps): Reading | Promise<Reading> {
  const { clock, startedAt, governance, telemetry, cache, whole } = deps;
  if (whole) return whole.reading();
  return {
    uptimeMs: clock.monotonic() - startedAt,
    counters: telemetry.counters(),
    cache: cache.stats(),
    endpoints: deps.endpoints(),
    redisConnected: deps.redisConnected(),
    redisRefusal: deps.redisRefusal(),
    ...(governance
      ? { governed: { databaseConnected: governance.databaseConnected(), countsLocally: governance.countsLocally() } }
      : {}),
  };
}
