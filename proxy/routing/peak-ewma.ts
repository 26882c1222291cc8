import type { Clock } from '../core/clock.ts';

/** Time in which an old value loses 63 % of its say. */
const TAU_MS = 30_000;

/**
 * Moving average that follows a rise at once and a fall slowly, and fades while nothing is measured, so that an endpoint
 * that was slow once is tried again.
 */
export class PeakEwma {
  readonly #clock: Clock;
  #value: number | undefined;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  observe(ms: number): void {
    const now = this.#clock.monotonic();
    const old = this.#value;
    const keep = Math.exp(-(now - this.#at) / TAU_MS);
    this.#value = old === undefined || ms > old ? ms : old * keep + ms * (1 - keep);
    this.#at = now;
  }

  /** It would have taken longer than this. */
  atLeast(ms: number): void {
    if (ms > (this.value() ?? 0)) this.observe(ms);
  }

  /** Expected milliseconds now; undefined before the first observation. */
  value(): number | undefined {
    if (this.#value === undefined) return undefined;
    return this.#value * Math.exp(-(this.#clock.monotonic() - this.#at) / TAU_MS);
  }
}
