import { setImmediate } from 'node:timers/promises';

import { Registry } from 'prom-client';

import type { OutcomeKind } from '../core/outcome.ts';
import { Distribution } from './distribution.ts';
import type { Observer } from './distribution.ts';
import { endpointParts } from './endpoint-gauges.ts';
import type { EndpointReading } from './endpoint-gauges.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { GenerationRecord } from './generation-record.ts';
import { registerGovernance, type GovernanceReading } from './governance-metrics.ts';
import type { Labels } from './labels.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { SystemMetrics, type SystemReading } from './system-metrics.ts';
import { Tally } from './tally.ts';
import type { Count } from './tally.ts';

const MS_PER_SECOND = 1_000;

/** Characters of one piece of the text: well below a millisecond. */
const PIECE_LENGTH = 64 * 1024;

/** Bucket limits that OpenTelemetry's conventions for generative AI metrics advise. */
const DURATION_BUCKETS = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power);
const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power);
const TTFT_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const GEN_AI_LABELS = ['gen_ai_operation_name', 'gen_ai_request_model', 'gen_ai_provider_name'] as const;

/** What generations of one kind write to, looked up once. */
interface GenerationSeries {
  readonly duration: Observer;
  readonly ttft: Observer;
  readonly input: Observer;
  readonly output: Observer;
}

/** Everything that exchanges of one kind write to, looked up once. */
interface Bundle {
  readonly requests: Count;
  readonly cache: Count | undefined;
  readonly served: Observer;
}

/** What `key` stands for, bound once: binding costs more than counting. */
function bound<T>(map: Map<string, T>, key: string, bind: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = bind();
  map.set(key, made);
  return made;
}

/** OpenTelemetry's `error.type`: empty for a good answer. */
function errorType({ outcome, status }: GenerationRecord): string {
  if (outcome === 'ok') return '';
  return status !== undefined && status >= 400 ? String(status) : outcome;
}

function isSameKind(a: ExchangeRecord, b: ExchangeRecord): boolean {
  return (
    a.model === b.model &&
    a.endpoint === b.endpoint &&
    a.cache === b.cache &&
    a.status === b.status &&
    a.operation === b.operation
  );
}

/** The Prometheus side: a registry of its own, series bound once and kept. Times are seconds. */
export class Metrics {
  readonly #registry = new Registry();
  readonly system: SystemMetrics;
  readonly #requests = new Tally({
    name: 'llmproxy_requests_total',
    help: 'Requests answered.',
    labels: ['operation', 'model', 'status', 'cache'],
  });
  readonly #attempts = new Tally({
    name: 'llmproxy_attempts_total',
    help: 'Attempts at endpoints, by how they ended.',
    labels: ['endpoint', 'outcome'],
  });
  readonly #cache = new Tally({
    name: 'llmproxy_cache_total',
    help: 'Requests that may be cached, by what the cache did.',
    labels: ['result'],
  });
  readonly #served = new Distribution({
    name: 'llmproxy_request_duration_seconds',
    help: 'From the request to the end of its answer, stored answers included.',
    labels: ['operation', 'cache'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, ...DURATION_BUCKETS],
  });
  readonly #duration = new Distribution({
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Duration of generations by a provider.',
    labels: [...GEN_AI_LABELS, 'error_type'],
    buckets: DURATION_BUCKETS,
  });
  readonly #tokens = new Distribution({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens that generations by a provider used, as the provider said; estimated ones are counted apart.',
    labels: [...GEN_AI_LABELS, 'gen_ai_token_type'],
    buckets: TOKEN_BUCKETS,
  });
  readonly #ttft = new Distribution({
    name: 'gen_ai_server_time_to_first_token_seconds',
    help: 'To the first content of generations by a provider.',
    labels: GEN_AI_LABELS,
    buckets: TTFT_BUCKETS,
  });
  readonly #estimated = new Tally({
    name: 'llmproxy_estimated_tokens_total',
    help: 'Tokens of billed generations whose provider did not say how many, counted from the text.',
    labels: ['model', 'type'],
  });
  readonly #hedges = new Tally({
    name: 'llmproxy_hedges_total',
    help: 'Generations with a second attempt beside the first one, by whose answer was taken.',
    labels: ['model', 'answer'],
  });
  readonly #readings: () => Iterable<EndpointReading>;
  readonly #bundles = new Map<string, Bundle>();
  readonly #generations = new Map<string, GenerationSeries>();
  readonly #attemptCounters = new Map<string, Count>();
  #last: { readonly record: ExchangeRecord; readonly labels: Labels; readonly bundle: Bundle } | undefined;

  constructor(readings: () => Iterable<EndpointReading>, system: () => SystemReading) {
    registerProcessMetrics(this.#registry);
    this.system = new SystemMetrics(this.#registry, system);
    this.#readings = readings;
  }

  attempt(endpoint: string, outcome: OutcomeKind): void {
    bound(this.#attemptCounters, `${outcome} ${endpoint}`, () => this.#attempts.series(endpoint, outcome)).inc();
  }

  exchange(record: ExchangeRecord, labels: Labels): void {
    const { requests, cache, served } = this.#bundleOf(record, labels);
    requests.inc();
    cache?.inc();
    served.observe(record.ms / MS_PER_SECOND);
  }

  /** Once for each upstream answer, however many requests it has served. */
  generation(record: GenerationRecord, labels: Labels): void {
    const series = this.#generationSeries(record, labels);
    if (series === undefined) return;
    series.duration.observe(record.ms / MS_PER_SECOND);
    if (record.ttftMs !== undefined) series.ttft.observe(record.ttftMs / MS_PER_SECOND);
    const { stated, estimated, hedge } = record;
    if (hedge !== undefined) this.#hedges.series(labels.model(record.model), hedge).inc();
    if (stated !== undefined) {
      series.input.observe(stated.input);
      series.output.observe(stated.output);
    }
    if (estimated === undefined) return;
    const model = labels.model(record.model);
    this.#estimated.series(model, 'input').inc(estimated.input);
    this.#estimated.series(model, 'output').inc(estimated.output);
  }

  /** Adds the metrics of virtual keys, limits and the ledger. */
  governed(read: () => GovernanceReading): void {
    registerGovernance(this.#registry, read);
  }

  /**
   * Prometheus text format 0.0.4, in pieces of about 64 Ki characters with a turn of the event loop between them: of
   * thousands of models the text has tens of megabytes. No metric's two first lines are in different pieces.
   */
  async *pieces(turn: () => Promise<unknown> = setImmediate): AsyncGenerator<string> {
    let piece = `${await this.#registry.metrics()}\n`;
    for (const part of this.#parts()) {
      piece += part;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
      await turn();
    }
    yield piece;
  }

  *#parts(): Generator<string> {
    yield* endpointParts(this.#readings);
    const counters = [this.#requests, this.#attempts, this.#cache, this.#estimated, this.#hedges];
    for (const counter of counters) yield* counter.parts();
    for (const histogram of [this.#served, this.#duration, this.#tokens, this.#ttft]) yield* histogram.parts();
    yield* this.system.parts();
  }

  /** Most requests are of the kind of the one before: comparing costs less than making a key. */
  #bundleOf(record: ExchangeRecord, labels: Labels): Bundle {
    const last = this.#last;
    if (last && last.labels === labels && isSameKind(last.record, record)) return last.bundle;
    const model = labels.model(record.model);
    const key = `${record.operation} ${record.status} ${record.cache} ${record.endpoint} ${model}`;
    const bundle = bound(this.#bundles, key, () => this.#bind(record, model));
    this.#last = { record, labels, bundle };
    return bundle;
  }

  #bind(record: ExchangeRecord, model: string): Bundle {
    const { operation, cache, status } = record;
    return {
      requests: this.#requests.series(operation, model, String(status), cache),
      cache: cache === 'none' ? undefined : this.#cache.series(cache),
      served: this.#served.series(operation, cache),
    };
  }

  #generationSeries(record: GenerationRecord, labels: Labels): GenerationSeries | undefined {
    const operation = labels.generation(record.operation);
    if (operation === undefined) return undefined;
    const model = labels.model(record.model);
    const provider = labels.provider(record.endpoint);
    const error = errorType(record);
    return bound(this.#generations, `${operation} ${error} ${provider} ${model}`, () => {
      const common = [operation, model, provider];
      return {
        duration: this.#duration.series(...common, error),
        ttft: this.#ttft.series(...common),
        input: this.#tokens.series(...common, 'input'),
        output: this.#tokens.series(...common, 'output'),
      };
    });
  }
}
