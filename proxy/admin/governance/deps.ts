import type { Request } from 'express';
import type { Clock } from '../../core/clock.ts';
import type { GovernanceCounters } from '../../governance/counters.ts';
import type { GovernanceStore } from '../../governance/store.ts';

export interface GovernanceRouterDeps {
  readonly clock: Clock;
  readonly counters: GovernanceCounters;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  store(): GovernanceStore;
  /** Undefined while the database answers, else one sentence. */
  databaseTrouble(): Promise<string | undefined>;
  /** For `debug/stats`: what the gates have counted. */
  stats(): object;
  /** Who asks, for the audit log. */
  actor(request: Request): string;
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}
