import type { Lease } from './types.ts';

/** Attempts that are always allowed at the same time: a small load has no share worth counting. */
const MIN_IN_FLIGHT = 3;

/**
 * Bounds the further attempts of a model to a share of its active requests: where every endpoint fails, repeating would
 * multiply the load on them.
 */
export class RetryBudget {
  #percent: number;
  #inFlight = 0;

  constructor(percent: number) {
    this.#percent = percent;
  }

  /** Takes the setting of a new configuration. */
  configure(percent: number): void {
    this.#percent = percent;
  }

  /** Further attempts that are running. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether a request may make a further attempt while so many others are active. */
  allows(others: number): boolean {
    const active = others + 1;
    return this.#inFlight < Math.max(MIN_IN_FLIGHT, Math.floor((active * this.#percent) / 100));
  }

  /** The lease of a further attempt: it counts until it is released. */
  spend(lease: Lease): Lease {
    this.#inFlight += 1;
    let released = false;
    return {
      endpoint: lease.endpoint,
      probe: lease.probe,
      firstEvent: (ms) => lease.firstEvent(ms),
      rateLimits: lease.rateLimits,
      release: (outcome) => {
        if (!released) this.#inFlight -= 1;
        released = true;
        lease.release(outcome);
      },
    };
  }
}
