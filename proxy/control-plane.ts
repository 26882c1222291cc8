import { createAdmin } from './admin/admin.ts';
import type { GovernanceDeps } from './admin/deps.ts';
import type { AssembledModel } from './assemble.ts';
import { autoAdmin } from './auto-admin.ts';
import type { Cache } from './cache/tiers.ts';
import type { Config } from './config/config.ts';
import type { ConfigOrigin } from './config/origin.ts';
import { systemClock } from './core/clock.ts';
import type { DashboardEntry } from './dashboard-entry.ts';
import type { GovernanceService } from './govern/service.ts';
import { governanceDeps } from './governance-deps.ts';
import { namesOf } from './model-readings.ts';
import type { Runtime } from './pipeline/runtime.ts';
import type { Pricing } from './pricing/pricing.ts';
import type { RedisClient } from './redis/client.ts';
import type { AdminHandler } from './server/front.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { VERSION } from './version.ts';
import type { WorkerPart, WorkerSide } from './workers/worker-side.ts';

/** What the life cycle says to the control plane. */
export interface LifeCycle {
  phase(): 'starting' | 'ready' | 'draining';
  config(): Config;
  /** What the configuration in force was made of; undefined where it was no text. */
  origin(): ConfigOrigin | undefined;
  /** Requests that run. */
  running(): number;
  runtime(): Runtime;
}

/** The parts of a proxy that the control plane shows and moves. */
export interface Controlled {
  readonly telemetry: Telemetry;
  readonly cache: Cache;
  readonly flights: { clear(): void };
  readonly pricing: Pricing;
  readonly redis: RedisClient | undefined;
  readonly worker: WorkerSide | undefined;
  readonly models: () => ReadonlyMap<string, AssembledModel>;
  readonly governance: () => GovernanceService | undefined;
  readonly dashboard: () => DashboardEntry | undefined;
}

/** The control plane of a proxy. To be made once governance has been started. */
export function controlPlane(parts: Controlled, life: LifeCycle): AdminHandler {
  const { telemetry, cache, flights, redis, worker } = parts;
  const governance = parts.governance();
  const dashboard = parts.dashboard();
  const config = (): Config => life.config();
  const fault: GovernanceDeps['fault'] = (what, requestId, error) => telemetry.fault(what, requestId, error);
  return createAdmin({
    version: VERSION,
    clock: systemClock,
    startedAt: systemClock.monotonic(),
    host: config().server.host,
    auth: () => governance?.auth(config().auth) ?? config().auth,
    phase: () => life.phase(),
    models: () => namesOf(parts.models()),
    endpoints: () => new Map([...parts.models()].map(([name, { router }]) => [name, router.stats()])),
    redisConnected: () => redis?.available ?? null,
    redisRefusal: () => redis?.refusal ?? null,
    ...(governance ? { governance: governanceDeps(governance, { config, fault }) } : {}),
    budgetUnit: () => config().governance?.budgetUnit ?? 'cents',
    auto: autoAdmin({
      pricing: parts.pricing,
      fault,
      config,
      runtime: () => life.runtime(),
      lookup: (key, now) => governance?.lookup(key, now),
    }),
    cache: {
      stats: () => cache.stats(),
      purge: async (target) => {
        flights.clear();
        const purged = await cache.purge(target);
        return worker?.purged(target, purged) ?? purged;
      },
    },
    ...(worker ? { whole: worker.whole } : {}),
    ...(dashboard ? { dashboard: dashboard.parts(worker) } : {}),
    telemetry,
  });
}

/** What a process shows and does where it is one worker of several. */
export function workerPart(parts: Controlled): WorkerPart {
  const { telemetry, cache, flights, redis } = parts;
  return {
    reading: () => {
      const governance = parts.governance();
      return {
        counters: telemetry.counters(),
        cache: cache.stats(),
        endpoints: [...parts.models()].map(([name, { router }]) => [name, router.parts()] as const),
        redisConnected: redis?.available ?? null,
        redisRefusal: redis?.refusal ?? null,
        ...(governance
          ? { governed: { databaseConnected: governance.isConnected, countsLocally: governance.isLocal } }
          : {}),
      };
    },
    metrics: () => telemetry.metricsPieces(),
    ask: async (name, input) => (await parts.dashboard()?.answer(name, input)) ?? null,
    drop: (target) => {
      flights.clear();
      return cache.drop(target);
    },
    forget: (answerId) => void cache.forgetHere(answerId),
  };
}
