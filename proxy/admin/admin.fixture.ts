import type { PurgeTarget } from '../cache/tiers.ts';
import { ManualClock } from '../core/clock.ts';
import type { EndpointStats } from '../routing/stats.ts';
import { createAdmin, type AdminHandler } from './admin.ts';
import type { AdminDeps } from './deps.ts';

export function endpoint(id: string, state: EndpointStats['state']): EndpointStats {
  return {
    id,
    provider: 'mock',
    base_url: 'http://127.0.0.1:9/v1',
    weight: 1,
    priority: 1,
    state,
    in_flight: 0,
    requests: 4,
    total_requests: 4,
    failures: 1,
    success_rate: 0.75,
    latency_ms: null,
    ttft_ms: null,
    last_error: null,
    ejected_until: null,
    operations_out: [],
    models_out: [],
  };
}

/** The model with an endpoint in each of these states. */
export function gpt4o(...states: EndpointStats['state'][]): Map<string, EndpointStats[]> {
  return new Map([['gpt-4o', states.map((state, index) => endpoint(`gpt-4o/mock-${index + 1}`, state))]]);
}

export interface AdminBench {
  readonly deps: AdminDeps;
  readonly admin: AdminHandler;
  readonly purged: PurgeTarget[];
  readonly faults: unknown[];
}

function notHere(): never {
  throw new Error('no configuration is in force');
}

/** The control plane over parts that answer the same each time. */
export function adminBench(changes: Partial<AdminDeps> = {}): AdminBench {
  const purged: PurgeTarget[] = [];
  const faults: unknown[] = [];
  const clock = new ManualClock(1_750_000_000_000);
  clock.advance(90_000);
  const deps: AdminDeps = {
    version: '1.2.3',
    clock,
    startedAt: 0,
    host: '127.0.0.1',
    auth: () => ({ admin: 'loopback', requireKey: false }),
    phase: () => 'ready',
    models: () => ['gpt-4o'],
    endpoints: () => gpt4o('admitting', 'admitting'),
    redisConnected: () => null,
    redisRefusal: () => null,
    auto: {
      clock,
      lookup: () => ({ state: 'unknown' }),
      runtime: notHere,
      known: notHere,
      plans: notHere,
      fetchedAt: notHere,
      refreshPrices: notHere,
      fault: (_what, _id, error) => void faults.push(error),
    },
    cache: {
      stats: () => ({ entries: 2, bytes: 300, evictions: 1, memoryHits: 5, redisHits: 1, misses: 3, stored: 3 }),
      purge: (target) => {
        purged.push(target);
        return Promise.resolve({ deleted: 7, complete: true });
      },
    },
    telemetry: {
      counters: () => ({
        requests: 10,
        client_errors: 1,
        server_errors: 0,
        client_left: 0,
        cache: { hit: 6, miss: 3, joined: 1, stale: 0, bypass: 0, none: 0 },
        tokens: { input: 1, output: 2, cached: 0 },
        generations: {
          total: 3,
          tokens: { input: 1, output: 2, cached: 0 },
          estimated_tokens: { input: 0, output: 0 },
        },
      }),
      metricsPieces: () => oneOf('a 1\n'),
      fault: (...fault) => void faults.push(fault),
    },
    ...changes,
  };
  return { deps, admin: createAdmin(deps), purged, faults };
}

async function* oneOf(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text);
}
