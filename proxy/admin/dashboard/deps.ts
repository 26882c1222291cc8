import type { Request } from 'express';
import type { AuthConfig } from '../../config/config.ts';
import type { ConfigOrigin } from '../../config/origin.ts';
import type { Clock } from '../../core/clock.ts';
import type { BudgetUnit } from '../../governance/amounts.ts';
import type { Processes } from '../processes.ts';
import type { EndpointAudit, FindEndpoint } from './endpoint-control.ts';
import type { EventStreams } from './event-stream.ts';
import type { MocksDeps } from './mock-relay.ts';

/** What the routes of the dashboard ask of the proxy. */
export interface DashboardDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly auth: () => AuthConfig;
  /** Whether there are virtual keys, users and the ledger. */
  readonly governed: boolean;
  /** In what amounts of budgets are written. */
  readonly budgetUnit: () => BudgetUnit;
  readonly processes: Processes;
  readonly mocks: MocksDeps;
  readonly endpoint: FindEndpoint;
  /** What the configuration in force was made of; undefined where it was no text. */
  readonly origin: () => ConfigOrigin | undefined;
  /** Who asks, for the audit log. */
  actor(request: Request): string;
  /** Writes to the audit log; left out = there is none. */
  readonly audit?: (change: EndpointAudit) => Promise<void>;
  readonly streams: EventStreams;
  /** Aborted when the proxy is about to end: nothing that waits may hold it up. */
  readonly ending: AbortSignal;
}
