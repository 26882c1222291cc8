import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

import { Distribution } from './distribution.ts';

/** The proxy's parts at the moment of a scrape. */
export interface SystemReading {
  readonly version: string;
  readonly cache: { readonly entries: number; readonly bytes: number; readonly evictions: number };
  /** Null when no Redis is configured. */
  readonly redisUp: boolean | null;
  /** Upstream answers in the making that equal requests may follow. */
  readonly flights: number;
  /** Requests that wait for their turn. */
  readonly queues: readonly { readonly queue: string; readonly waiting: number }[];
}

/** What happens to the proxy as a whole, counted as it happens. */
export class SystemMetrics {
  readonly #waits = new Distribution({
    name: 'llmproxy_queue_wait_seconds',
    help: 'Waits of requests for their turn, by how they ended.',
    labels: ['queue', 'end'],
    buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
  });
  readonly #ejections: Counter;
  readonly #reloads: Counter;
  readonly #schemaChecks: Counter;
  readonly #shared: Counter;
  readonly #reloadSuccessful: Gauge;
  readonly #reloadTime: Gauge;

  constructor(registry: Registry, read: () => SystemReading) {
    const registers = [registry];
    this.#ejections = new Counter({
      name: 'llmproxy_ejections_total',
      help: 'Ejections of endpoints or of one of their operations, by the outcome that caused them and who noticed it.',
      labelNames: ['endpoint', 'outcome', 'origin'],
      registers,
    });
    this.#reloads = new Counter({
      name: 'llmproxy_config_reloads_total',
      help: 'Reloads of the configuration, by result.',
      labelNames: ['result'],
      registers,
    });
    this.#schemaChecks = new Counter({
      name: 'llmproxy_schema_checks_total',
      help: 'Structured answers of `auto` that were checked against the schema of their request, by verdict; `why` says what stood in the way of a check.',
      labelNames: ['verdict', 'why'],
      registers,
    });
    this.#shared = new Counter({
      name: 'llmproxy_shared_generations_total',
      help: 'Generations that may be shared with other processes, by what they came to: `lead` (endpoints are asked here), `follow`, `again` (the leader was lost before its answer), `stored` (the answer had just been stored), `alone` (sharing was not possible).',
      labelNames: ['role'],
      registers,
    });
    this.#reloadSuccessful = new Gauge({
      name: 'llmproxy_config_last_reload_successful',
      help: 'Whether the configuration on disk is in force: 0 after a reload that was refused.',
      registers,
    });
    this.#reloadTime = new Gauge({
      name: 'llmproxy_config_last_reload_success_timestamp_seconds',
      help: 'When the configuration in force was taken, Unix time.',
      registers,
    });
    registerReadings(registry, read);
  }

  ejected(endpoint: string, outcome: string, origin: string): void {
    this.#ejections.labels(endpoint, outcome, origin).inc();
  }

  /** A request has waited so long; `end` is one of a closed set. */
  waited(queue: string, end: string, ms: number): void {
    this.#waits.series(queue, end).observe(ms / 1_000);
  }

  /** What the registry does not have, as Prometheus text in parts. */
  parts(): Generator<string> {
    return this.#waits.parts();
  }

  /** `why`: one of a closed set; empty where the answer was checked. */
  schemaChecked(verdict: string, why: string): void {
    this.#schemaChecks.labels(verdict, why).inc();
  }

  /** `role`: one of a closed set. */
  shared(role: string): void {
    this.#shared.labels(role).inc();
  }

  /** A configuration was taken or refused; the one of the start is no reload. */
  configured(taken: boolean, nowMs: number, reload: boolean): void {
    if (reload) this.#reloads.labels(taken ? 'taken' : 'refused').inc();
    this.#reloadSuccessful.set(taken ? 1 : 0);
    if (taken) this.#reloadTime.set(nowMs / 1_000);
  }
}

function registerReadings(registry: Registry, read: () => SystemReading): void {
  const gauge = (name: string, help: string, value: (reading: SystemReading) => number | null): void => {
    const collect = function collect(this: Gauge): void {
      const now = value(read());
      if (now !== null) this.set(now);
      else this.remove();
    };
    registry.registerMetric(new Gauge({ name, help, registers: [], collect }));
  };
  const build = new Gauge({
    name: 'llmproxy_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [],
    collect() {
      this.labels(read().version, process.version).set(1);
    },
  });
  registry.registerMetric(build);
  registry.registerMetric(
    new Gauge({
      name: 'llmproxy_queue_waiting',
      help: 'Requests that wait for their turn.',
      labelNames: ['queue'],
      registers: [],
      collect() {
        this.reset();
        for (const { queue, waiting } of read().queues) this.labels(queue).set(waiting);
      },
    }),
  );
  gauge('llmproxy_cache_entries', 'Answers in memory.', ({ cache }) => cache.entries);
  gauge('llmproxy_cache_bytes', 'Bytes of answers in memory.', ({ cache }) => cache.bytes);
  gauge('llmproxy_flights', 'Upstream answers in the making that equal requests may follow.', ({ flights }) => flights);
  gauge('llmproxy_redis_up', 'Whether Redis is reachable; absent without Redis.', ({ redisUp }) =>
    redisUp === null ? null : Number(redisUp),
  );
  registry.registerMetric(
    new Counter({
      name: 'llmproxy_cache_evictions_total',
      help: 'Answers that left memory to make room.',
      registers: [],
      collect() {
        this.reset();
        this.inc(read().cache.evictions);
      },
    }),
  );
}
