import type { Clock } from '../core/clock.ts';
import { WindowedHistogram } from '../core/histogram.ts';
import { type Fault, OUTCOMES, type Outcome, type OutcomeKind } from '../core/outcome.ts';

/** Percentiles cover the last 5 to 10 minutes. */
const WINDOW_MS = 10 * 60_000;

/** Trouble of a client or of a caller's credential says nothing about the endpoint. */
const OWN_FAULTS: ReadonlySet<Fault> = new Set(['endpoint', 'account', 'model-here']);

export interface LastError {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: OutcomeKind;
  readonly reason: string;
}

/** What an endpoint has done since the proxy started. */
export class Counters {
  requests = 0;
  successes = 0;
  /** Attempts that the endpoint is blamed for. */
  failures = 0;
  lastError: LastError | undefined;
  /** Milliseconds of complete answers. */
  readonly latency: WindowedHistogram;
  /** Milliseconds to the first event. */
  readonly ttft: WindowedHistogram;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.latency = new WindowedHistogram(clock, WINDOW_MS);
    this.ttft = new WindowedHistogram(clock, WINDOW_MS);
  }

  ended(outcome: Outcome, tookMs: number): void {
    const { blame, fault, meaning } = OUTCOMES[outcome.kind];
    if (blame === 'success') {
      this.successes += 1;
      this.latency.record(tookMs);
      return;
    }
    if (!OWN_FAULTS.has(fault)) return;
    this.failures += 1;
    this.lastError = { at: this.#clock.now(), kind: outcome.kind, reason: outcome.reason ?? meaning };
  }
}
