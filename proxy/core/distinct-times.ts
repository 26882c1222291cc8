import type { Clock } from './clock.ts';

/** How far a time may run ahead of the clock; a clock that was set back further is followed. */
const MOST_AHEAD_MS = 1_000;

/** Times of which no two are equal, so that what was made first is first: within a millisecond they run ahead of the clock. */
export class DistinctTimes {
  readonly #clock: Pick<Clock, 'now'>;
  #last = -Infinity;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Milliseconds since the epoch. */
  next(): number {
    const now = this.#clock.now();
    const follows = this.#last + 1;
    this.#last = now >= follows || follows - now > MOST_AHEAD_MS ? now : follows;
    return this.#last;
  }
}
