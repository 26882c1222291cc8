/** What a bucket has to say about itself at one moment. */
export interface Level {
  readonly limit: number;
  /** Whole units that could be taken now. */
  readonly remaining: number;
  /** Milliseconds until it is full again. */
  readonly resetMs: number;
}

/** Remainders of refilling that are smaller than this are rounding, not room. */
const ROUNDING = 1e-6;

/** A token bucket: it begins full and refills continuously, a whole capacity in one window. */
export class Bucket {
  readonly #limit: number;
  readonly #perMs: number;
  #level: number;
  #at: number;

  /** `windowMs`: the time in which an empty bucket becomes full. */
  constructor(limit: number, windowMs: number, now: number) {
    this.#limit = limit;
    this.#perMs = limit / windowMs;
    this.#level = limit;
    this.#at = now;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Milliseconds until `amount` can be taken: 0 when it can now, `Infinity` when the bucket never holds so much. */
  waitMs(amount: number, now: number): number {
    this.#refill(now);
    if (amount > this.#limit) return Infinity;
    const missing = amount - this.#level;
    return missing <= ROUNDING ? 0 : missing / this.#perMs;
  }

  take(amount: number, now: number): void {
    this.#refill(now);
    this.#level = Math.max(0, this.#level - amount);
  }

  level(now: number): Level {
    this.#refill(now);
    const missing = this.#limit - this.#level;
    const resetMs = missing <= ROUNDING ? 0 : missing / this.#perMs;
    return { limit: this.#limit, remaining: Math.floor(this.#level + ROUNDING), resetMs };
  }

  #refill(now: number): void {
    // A clock that was set back refills nothing.
    const elapsed = Math.max(0, now - this.#at);
    this.#level = Math.min(this.#limit, this.#level + elapsed * this.#perMs);
    this.#at = now;
  }
}
