import type { Flights } from '../flights/flights.ts';
import type { CacheSettings } from '../cache/policy.ts';
import type { Cache } from '../cache/tiers.ts';
import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { ModelRouter } from '../routing/types.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import type { UpstreamTimeouts } from '../upstream/types.ts';
import type { AnswerFlight } from '../generation/answer.ts';
import type { RequestMemo } from './request-memo.ts';

/** One configured model, ready to serve. */
export interface ModelRuntime {
  /** Configured name; `*` for the model that takes every other name. */
  readonly name: string;
  readonly router: ModelRouter;
  /** Endpoints tried for one request at most. */
  readonly attempts: number;
  readonly timeouts: UpstreamTimeouts;
  readonly cache: CacheSettings;
  /**
   * Answers belong to the caller's credential: some endpoint passes it on, and the configuration does not share its
   * answers (`cache.scope`).
   */
  readonly scopedByCredential: boolean;
}

/** What the stages tell of a request and its attempts. */
export interface PipelineTelemetry {
  attempt(endpoint: string, outcome: Outcome): void;
  exchange(record: ExchangeRecord): void;
  /** A fault of the proxy's own. */
  fault(what: string, requestId: string, error: unknown): void;
}

/** What every stage may use. One snapshot a configuration: a running exchange keeps the one it began with. */
export interface Runtime {
  readonly clock: Clock;
  readonly upstream: UpstreamClient;
  readonly cache: Cache;
  readonly flights: Flights<AnswerFlight>;
  readonly memo: RequestMemo;
  readonly affinity: Affinity;
  readonly telemetry: PipelineTelemetry;
  /** The model of that public name, or the `*` model. */
  model(name: string): ModelRuntime | undefined;
  readonly models: readonly ModelRuntime[];
}
