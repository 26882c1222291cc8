/** Time as the proxy sees it: injected everywhere, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. For what is stored or shown. */
  now(): number;
  /** Monotonic milliseconds with a fraction. For durations. */
  monotonic(): number;
}

/** A clock that also wakes. */
export interface TimerClock extends Clock {
  /** Calls `run` once, after that many milliseconds; the returned function prevents it. Does not keep the process alive. */
  after(ms: number, run: () => void): CancelTimer;
}

export type CancelTimer = () => void;

export const systemClock: TimerClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface ManualTimer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to move. */
export class ManualClock implements TimerClock {
  readonly #timers = new Set<ManualTimer>();
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

  after(ms: number, run: () => void): CancelTimer {
    const timer = { at: this.#monotonic + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Moves both readings forward by `ms`; timers run at their time, in its order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let due = this.#nextBefore(end); due; due = this.#nextBefore(end)) {
      this.#timers.delete(due);
      this.#move(Math.max(0, due.at - this.#monotonic));
      due.run();
    }
    this.#move(end - this.#monotonic);
  }

  #move(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }

  #nextBefore(end: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }
}
