import type { AuthConfig } from '../../config/config.ts';
import type { Clock } from '../../core/clock.ts';
import type { BudgetUnit } from '../../governance/amounts.ts';
import type { Processes } from '../processes.ts';
import type { EventStreams } from './event-stream.ts';

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
  readonly streams: EventStreams;
  /** Aborted when the proxy is about to end: nothing that waits may hold it up. */
  readonly ending: AbortSignal;
}
