const SECOND_MS = 1_000;
/** Characters of `2025-06-15T15:06:40`. */
const SECOND_LENGTH = 19;

/** Writes ISO 8601 times; the part up to the second is made once a second. */
export class Timestamp {
  #second = Number.NaN;
  #text = '';

  /** `now`: epoch milliseconds. */
  at(now: number): string {
    const whole = Math.trunc(now);
    const second = Math.floor(whole / SECOND_MS);
    if (second !== this.#second) {
      this.#text = new Date(whole).toISOString().slice(0, SECOND_LENGTH);
      this.#second = second;
    }
    return `${this.#text}.${String(whole - second * SECOND_MS).padStart(3, '0')}Z`;
  }
}
