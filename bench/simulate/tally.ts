import { Histogram } from '../../proxy/core/histogram.ts';
import type { OutcomeKind } from '../../proxy/core/outcome.ts';

/** How a request of a client ended. */
export type Ending = 'memory' | 'redis' | 'joined' | 'answered' | 'refused';

export interface TallyOptions {
  readonly endpoints: number;
  /** Milliseconds of virtual time, from the first request to the last. */
  readonly durationMs: number;
  readonly now: () => number;
}

/** Seconds after the last request in which answers still come in. */
const TAIL_SECONDS = 1_200;

/** Counts what happens in a run, by the second of virtual time. */
export class Tally {
  readonly endings: Record<Ending, number> = { memory: 0, redis: 0, joined: 0, answered: 0, refused: 0 };
  /** Ends of attempts, by kind. */
  readonly outcomes = new Map<OutcomeKind, number>();
  /** Milliseconds of answered requests that came before, during and after the trouble. */
  readonly waits = { before: new Histogram(), during: new Histogram(), after: new Histogram() };
  attempts = 0;
  readonly #options: TallyOptions;
  readonly #seconds: number;
  readonly #calls: Uint32Array;
  readonly #failed: Uint32Array;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#seconds = Math.ceil(options.durationMs / 1_000) + TAIL_SECONDS;
    this.#calls = new Uint32Array(options.endpoints * this.#seconds);
    this.#failed = new Uint32Array(options.endpoints * this.#seconds);
  }

  /** A request was sent to an endpoint. */
  called(endpoint: number): void {
    this.attempts += 1;
    this.#add(this.#calls, endpoint);
  }

  /** An attempt has ended. */
  attempted(endpoint: number, kind: OutcomeKind): void {
    this.outcomes.set(kind, (this.outcomes.get(kind) ?? 0) + 1);
    if (kind !== 'ok') this.#add(this.#failed, endpoint);
  }

  /** A client's request has ended. */
  ended(ending: Ending, cameAtMs: number, phase: keyof Tally['waits']): void {
    this.endings[ending] += 1;
    if (ending !== 'refused') this.waits[phase].record(this.#options.now() - cameAtMs);
  }

  /** Calls of some endpoints within [from, to) seconds. */
  calls(endpoints: readonly number[], from: number, to: number): number {
    return this.#sum(this.#calls, endpoints, from, to);
  }

  /** Calls that failed of some endpoints, by the second in which they ended. */
  failed(endpoints: readonly number[], from: number, to: number): number {
    return this.#sum(this.#failed, endpoints, from, to);
  }

  #add(counts: Uint32Array, endpoint: number): void {
    const second = Math.min(this.#seconds - 1, Math.floor(this.#options.now() / 1_000));
    const at = endpoint * this.#seconds + second;
    counts[at] = (counts[at] ?? 0) + 1;
  }

  #sum(counts: Uint32Array, endpoints: readonly number[], from: number, to: number): number {
    let sum = 0;
    for (const endpoint of endpoints) {
      const first = endpoint * this.#seconds;
      for (let second = from; second < Math.min(to, this.#seconds); second++) sum += counts[first + second] ?? 0;
    }
    return sum;
  }
}
