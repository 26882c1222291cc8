import type { Clock } from '../core/clock.ts';
import { OUTCOMES } from '../core/outcome.ts';
import type { Outcome } from '../core/outcome.ts';
import type { AttemptRecord } from './attempt-record.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { ExchangeTrace } from './exchange-trace.ts';
import type { GenerationRecord } from './generation-record.ts';
import type { GovernanceReading } from './governance-metrics.ts';
import { Labels } from './labels.ts';
import type { Catalog } from './labels.ts';
import type { ProxyLogger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { type ObservedHead, type Observer, Observers, type Watching } from './observer.ts';
import type { EndpointReading } from './endpoint-gauges.ts';
import { Stats } from './stats.ts';
import type { SystemReading } from './system-metrics.ts';
import type { RequestCounters } from './stats.ts';

export interface TelemetryOptions {
  readonly logger: ProxyLogger;
  readonly clock: Clock;
  readonly catalog: Catalog;
  /** The endpoints as they are at the moment of a scrape. */
  readonly readings: () => Iterable<EndpointReading>;
  readonly system: () => SystemReading;
}

/** Everything the proxy reports of its work: the log, the metrics and the counters of `/stats`. */
export interface Telemetry {
  /** Whether some observer wants the stages of requests marked: then each request has a `trace`. */
  readonly tracing: boolean;
  /** A request has come while `tracing`. `startedAt`: monotonic milliseconds. */
  trace(startedAt: number, head: ObservedHead): ExchangeTrace;
  /** Has an observer look on at what is reported from now on. */
  watch(observer: Observer): Watching;
  /** A request has ended: one access line, its metrics and counters, and its observers. */
  exchange(record: ExchangeRecord, trace?: ExchangeTrace, attempts?: readonly AttemptRecord[]): void;
  /** An upstream answer has ended: its metrics and counters, once however many requests it served. */
  generation(record: GenerationRecord): void;
  /** An attempt at an endpoint has ended. Failures are warnings, once a minute for each endpoint and kind at most. */
  attempt(endpoint: string, outcome: Outcome): void;
  /** A fault of the proxy's own. */
  fault(what: string, requestId: string, error: unknown): void;
  /** An endpoint was ejected, here (`local`) or by another replica. */
  ejected(endpoint: string, outcome: string, origin: string): void;
  /** A structured answer was checked, or could not be. */
  schemaChecked(verdict: { readonly kind: string; readonly why?: string }): void;
  /** A request has waited for its turn. */
  waited(queue: string, end: string, ms: number): void;
  /** A generation that may be shared with other processes leads, follows or is alone. */
  shared(role: string): void;
  /** A configuration was taken or refused. */
  configured(taken: boolean, reload: boolean): void;
  /** There are virtual keys: adds their metrics. Once at most. */
  governed(read: () => GovernanceReading): void;
  /** Prometheus text in pieces, with a turn of the event loop between them. */
  metricsPieces(): AsyncIterable<string>;
  counters(): RequestCounters;
  /** Takes over the names of a new configuration. */
  configure(catalog: Catalog): void;
}

const WARNING_EVERY_MS = 60_000;
const NO_ATTEMPTS: readonly AttemptRecord[] = [];

/** Makes one; each has its own registry, so several can live in one process. */
export function createTelemetry({ logger, clock, catalog, readings, system }: TelemetryOptions): Telemetry {
  const metrics = new Metrics(readings, system);
  const stats = new Stats();
  const observers = new Observers((error) => logger.error({ err: error }, 'an observer of requests failed'));
  const warnedAt = new Map<string, number>();
  let labels = new Labels(catalog);

  const warn = (endpoint: string, { kind, status, reason }: Outcome, what: string): void => {
    const key = `${endpoint} ${kind}`;
    const now = clock.monotonic();
    if (now - (warnedAt.get(key) ?? Number.NEGATIVE_INFINITY) < WARNING_EVERY_MS) return;
    warnedAt.set(key, now);
    logger.warn({ endpoint, outcome: kind, status, reason }, `${what}: ${OUTCOMES[kind].meaning}`);
  };

  return {
    get tracing() {
      return observers.marks;
    },
    trace(startedAt, head) {
      const trace = new ExchangeTrace(clock, startedAt);
      observers.begun(trace, head);
      return trace;
    },
    watch: (observer) => observers.watch(observer),
    exchange(record, trace, attempts = NO_ATTEMPTS) {
      stats.count(record);
      metrics.exchange(record, labels);
      logger.access(record);
      observers.exchange(record, trace, attempts);
    },
    generation(record) {
      stats.generation(record);
      metrics.generation(record, labels);
      observers.generation(record);
    },
    attempt(endpoint, outcome) {
      metrics.attempt(endpoint, outcome.kind);
      const { blame, pause } = OUTCOMES[outcome.kind];
      if (pause === 'long') warn(endpoint, outcome, 'endpoint is out');
      else if (blame === 'failure' || blame === 'eject') warn(endpoint, outcome, 'attempt failed');
      else if (blame !== 'success') logger.debug({ endpoint, outcome }, 'attempt failed');
    },
    fault(what, requestId, error) {
      logger.error({ id: requestId, err: error }, what);
    },
    ejected: (endpoint, outcome, origin) => metrics.system.ejected(endpoint, outcome, origin),
    schemaChecked: ({ kind, why = '' }) => metrics.system.schemaChecked(kind, why),
    waited: (queue, end, ms) => metrics.system.waited(queue, end, ms),
    shared: (role) => metrics.system.shared(role),
    configured: (taken, reload) => metrics.system.configured(taken, clock.now(), reload),
    governed: (read) => metrics.governed(read),
    metricsPieces: () => metrics.pieces(),
    counters: () => stats.read(),
    configure(next) {
      labels = new Labels(next);
    },
  };
}
