import type { Whole } from '../admin/reading.ts';
import type { PurgeResult, Store } from '../cache/store.ts';
import type { PurgeTarget } from '../cache/tiers.ts';
import type { Json } from '../core/json.ts';
import type { SharedFlights } from '../flights/shared-flights.ts';
import type { StateStore } from '../responses-state/store.ts';
import type { SharedStore } from '../routing/affinity.ts';
import type { SharedHealth } from '../routing/shared-health.ts';
import type { DashboardAnswer, Space, WorkerReading } from './messages.ts';

/** What a proxy that is one worker of several has of the others. */
export interface WorkerSide {
  /** Place among the workers, 0... */
  readonly slot: number;
  /** By which all workers know requests of the proxy's own. */
  readonly instanceId: string;
  /** Where the bundled mocks are, which belong to the primary. */
  readonly mocks: { origin(name: string): string | undefined };
  readonly whole: Whole;
  /** Asks the other workers a question of the dashboard; the answers of those that gave one within a second. Never rejects. */
  askOthers(name: string, input: Json): Promise<readonly DashboardAnswer[]>;
  /** Has the other workers drop what was purged here; adds what they had. */
  purged(target: PurgeTarget, own: PurgeResult): Promise<PurgeResult>;
  /** In place of Redis, where there is none. */
  readonly health: SharedHealth;
  readonly flights: SharedFlights;
  readonly answers: Store;
  readonly states: StateStore;
  strings(space: Space): SharedStore;
}

/** What the primary asks of a proxy that is a worker. */
export interface WorkerPart {
  reading(): WorkerReading;
  metrics(): AsyncIterable<string>;
  /** Answers a question of the dashboard. Rejects where there is none of that name. */
  ask(name: string, input: Json): Promise<Json>;
  /** Removes entries of this process, at once, and returns how many. */
  drop(target: PurgeTarget): number;
  /** The provider has deleted this answer. */
  forget(answerId: string): void;
}

/** A proxy that runs as a worker. */
export interface RunningWorker {
  readonly url: string;
  readonly port: number;
  readonly models: readonly string[];
  readonly part: WorkerPart;
  /** Takes the configuration that the primary has given; rejects when it cannot. */
  reload(): Promise<void>;
  /** A changed configuration was refused for all. */
  refused(): void;
  /** Resolves to whether every answer had ended. */
  close(): Promise<boolean>;
}
