import type { Charge, Charged, Counters, Reservation } from './types.ts';

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
  async settle(charges: readonly Charge[]): Promise<readonly Charged[]> {
    if (!this.#close()) return [];
    const [charged] = await Promise.all([
      charges.length === 0 ? [] : this.#counters.charge(charges),
      this.#counters.release(this.#reservation),
    ]);
    return charged;
  }

  /** The request does not count: a later gate refused it, or upstream failed. */
  async giveBack(): Promise<void> {
    if (!this.#close()) return;
    await Promise.all([this.#counters.giveBack(this.#reservation), this.#counters.release(this.#reservation)]);
  }

  #close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    return wasOpen;
  }
}
