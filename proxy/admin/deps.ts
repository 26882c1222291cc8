import type { Cache } from '../cache/tiers.ts';
import type { AuthConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { BudgetUnit } from '../governance/amounts.ts';
import type { EndpointStats } from '../routing/stats.ts';
import type { DashboardDeps } from './dashboard/deps.ts';
import type { Whole } from './reading.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { CredentialsRouterDeps } from './credentials/deps.ts';
import type { GatewayRouterDeps } from './gateway/deps.ts';
import type { GovernanceRouterDeps } from './governance/deps.ts';
import type { RoutingRouterDeps } from './routing/deps.ts';
import type { AutoRouterDeps } from './routing/auto-router.ts';
import type { UsageRouterDeps } from './usage/usage-router.ts';

/** What is shown where there are virtual keys. */
export interface GovernanceDeps extends GovernanceRouterDeps, UsageRouterDeps {
  readonly credentials: CredentialsRouterDeps;
  readonly gateway: GatewayRouterDeps;
  readonly routing: RoutingRouterDeps;
  readonly databaseConnected: () => boolean;
  /** Whether limits are counted by this process alone although there is a Redis. */
  readonly countsLocally: () => boolean;
}

/** What the dashboard alone asks for. */
export type DashboardParts = Pick<DashboardDeps, 'processes' | 'mocks' | 'ending' | 'endpoint' | 'origin'>;

/** What the control plane shows and moves. Functions are asked at each request: a reload may have changed the answer. */
export interface AdminDeps {
  readonly version: string;
  readonly clock: Clock;
  /** Reading of `clock.monotonic()` at the start. */
  readonly startedAt: number;
  /** Address that the listener is bound to. */
  readonly host: string;
  readonly auth: () => AuthConfig;
  /** `starting` until the listener is open, `draining` after a stop signal. */
  readonly phase: () => 'starting' | 'ready' | 'draining';
  /** Public names of the configured models. */
  readonly models: () => readonly string[];
  /** By the name of their model, `*` among them. */
  readonly endpoints: () => ReadonlyMap<string, readonly EndpointStats[]>;
  /** Null when no Redis is configured. */
  readonly redisConnected: () => boolean | null;
  /** Why Redis refuses commands although it answers: `OOM`, `READONLY` …; null when it does not. */
  readonly redisRefusal: () => string | null;
  /** Left out = the configuration has neither `database` nor `governance`. */
  readonly governance?: GovernanceDeps;
  readonly auto: AutoRouterDeps;
  readonly cache: Pick<Cache, 'stats' | 'purge'>;
  /** In what amounts of budgets are written; left out = cents. */
  readonly budgetUnit?: () => BudgetUnit;
  /** Left out = there is no dashboard (`admin.dashboard: false`). */
  readonly dashboard?: DashboardParts;
  /** What all workers show together; left out = this process is the only one. */
  readonly whole?: Whole;
  readonly telemetry: Pick<Telemetry, 'counters' | 'metricsPieces' | 'fault'>;
}
