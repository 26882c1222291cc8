import type { Clock } from '../core/clock.ts';

/** Smaller differences are left alone: the time of an answer cannot be told from one. */
const TOLERANCE_MS = 500;

/**
 * The clock that replicas share, which is that of Redis: their own may be minutes apart. Between two readings the
 * monotonic clock of this process carries it on, so a step of the wall clock does not matter either.
 */
export class SharedClock {
  readonly #clock: Clock;
  #reading: { readonly shared: number; readonly monotonic: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over what the command TIME answered (seconds and microseconds) when it was asked `roundTripMs` ago. */
  read(answer: unknown, roundTripMs: number): void {
    if (!Array.isArray(answer)) return;
    const [seconds, micros] = answer.map(Number);
    const shared = (seconds ?? Number.NaN) * 1_000 + (micros ?? Number.NaN) / 1_000 + roundTripMs / 2;
    if (Number.isFinite(shared)) this.#reading = { shared, monotonic: this.#clock.monotonic() };
  }

  /** Milliseconds that the shared clock is ahead of this process's own; 0 before it was read, and where they agree. */
  get aheadMs(): number {
    if (this.#reading === undefined) return 0;
    const { shared, monotonic } = this.#reading;
    const ahead = Math.round(shared + this.#clock.monotonic() - monotonic - this.#clock.now());
    return Math.abs(ahead) < TOLERANCE_MS ? 0 : ahead;
  }
}
