import { setImmediate } from 'node:timers/promises';
import type { Reading } from '../admin/reading.ts';
import { processMetrics } from '../telemetry/process-metrics.ts';
import { headText } from '../telemetry/series.ts';
import type { WorkerReading } from './messages.ts';
import { MetricsSum } from './metrics-sum.ts';
import { endedReading, mergedReading } from './readings.ts';

/** Milliseconds in which a worker tells what it shows, and a piece of its metrics. */
const READING_MS = 1_000;
const METRICS_MS = 2_000;

/** The workers, as far as they are asked what they show. */
export interface Asked {
  /** Slots of those that run. */
  readonly slots: readonly number[];
  readonly configured: number;
  readonly restarts: number;
  reading(slot: number, timeoutMs: number): Promise<WorkerReading | undefined>;
  metrics(slot: number, timeoutMs: number, onPart: (text: string) => void): Promise<boolean>;
}

/** What all workers show together: asked of them when it is wanted. Of one that does not answer in time the last known counts stand. */
export class WholeOfWorkers {
  readonly #workers: Asked;
  readonly #sum = new MetricsSum();
  readonly #startedAt = performance.now();
  /** By slot. */
  readonly #last = new Map<number, WorkerReading>();
  /** What workers that are gone had counted. */
  #ended: WorkerReading | undefined;
  /** Scrapes follow one another. */
  #scrape: Promise<unknown> = Promise.resolve();

  constructor(workers: Asked) {
    this.#workers = workers;
  }

  async reading(): Promise<Reading> {
    const { configured, restarts, slots } = this.#workers;
    const answers = await Promise.all(
      slots.map(async (slot) => {
        const reading = await this.#workers.reading(slot, READING_MS);
        if (reading) this.#last.set(slot, reading);
        return reading !== undefined;
      }),
    );
    const answered = answers.filter(Boolean).length;
    const parts = [...this.#last.values(), ...(this.#ended ? [this.#ended] : [])];
    return mergedReading(parts, {
      uptimeMs: performance.now() - this.#startedAt,
      workers: { configured, answered, restarts },
    });
  }

  /** Prometheus text in pieces, each handed to `part` before the next is made. */
  metrics(part: (text: string) => Promise<void>): Promise<void> {
    const scrape = this.#scrape.then(() => this.#metrics(part));
    this.#scrape = scrape.catch(() => undefined);
    return scrape;
  }

  /** A worker has ended: what it had counted, as far as it is known, stays. */
  ended(slot: number): void {
    this.#sum.end(slot);
    const last = this.#last.get(slot);
    this.#last.delete(slot);
    if (last === undefined) return;
    this.#ended = endedReading(this.#ended ? [last, this.#ended] : [last]);
  }

  async #metrics(part: (text: string) => Promise<void>): Promise<void> {
    const { configured, restarts, slots } = this.#workers;
    const answers = await Promise.all(
      slots.map((slot) => {
        this.#sum.begin(slot);
        return this.#workers.metrics(slot, METRICS_MS, (text) => this.#sum.take(slot, text));
      }),
    );
    // The primary is a process of the proxy, too; its place is behind the last slot.
    this.#sum.begin(configured);
    this.#sum.take(configured, await processMetrics());
    await part(ownMetrics({ configured, answered: answers.filter(Boolean).length, restarts }));
    for (const piece of this.#sum.pieces()) {
      await part(piece);
      await setImmediate();
    }
  }
}

function ownMetrics(workers: NonNullable<Reading['workers']>): string {
  const { configured, answered, restarts } = workers;
  return [
    headText('llmproxy_workers', 'Processes that answer requests, as configured.', 'gauge'),
    `llmproxy_workers ${configured}\n`,
    headText(
      'llmproxy_workers_answered',
      'Workers that these metrics are of; of others the last known counts.',
      'gauge',
    ),
    `llmproxy_workers_answered ${answered}\n`,
    headText('llmproxy_worker_restarts_total', 'Workers that were started in place of one that had ended.', 'counter'),
    `llmproxy_worker_restarts_total ${restarts}\n`,
  ].join('');
}
