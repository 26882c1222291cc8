/** Time as the proxy sees it: injected everywhere, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. For what is stored or shown. */
  now(): number;
  /** Monotonic milliseconds with a fraction. For durations. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;

  constructor(startAt = 1_750_000_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Moves both readings forward by `ms`. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
}
