import type { Awaitable, Charge, Charged, Counters, Reservation } from './types.ts';

/**
 * What one admitted request has taken, and the one place that disposes of it, whatever happens: the first of `settle` and
 * `giveBack` counts, a later one does nothing. Both free the slots.
 */
export class LimitLease {
  readonly #counters: Counters;
  readonly #reservation: Reservation;
  #isOpen = true;

  constructor(counters: Counters, reservation: Reservation) {
    this.#counters = counters;
    this.#reservation = reservation;
  }

  /** The request counts, and its tokens and cost are charged to the windows that are open now. */
  settle(charges: readonly Charge[]): Awaitable<readonly Charged[]> {
    if (!this.#close()) return [];
    const charged = charges.length === 0 ? [] : this.#counters.charge(charges);
    const released = this.#release();
    return released === undefined ? charged : released.then(() => charged);
  }

  /** The request does not count: a later gate refused it, or upstream failed. */
  async giveBack(): Promise<void> {
    if (!this.#close()) return;
    await Promise.all([this.#counters.giveBack(this.#reservation), this.#release()]);
  }

  #release(): Promise<void> | undefined {
    if (this.#reservation.slots.length === 0) return undefined;
    const released = this.#counters.release(this.#reservation);
    return released instanceof Promise ? released : undefined;
  }

  #close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    return wasOpen;
  }
}
