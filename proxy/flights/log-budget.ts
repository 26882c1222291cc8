/** Bytes of each log that count for nothing: answers up to this size are kept however many run. */
const FREE_BYTES = 256 * 1024;

/** Bytes of all logs together beyond those, at the most. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * What the logs of all flights of a process may hold together beyond what each may have in any case. A flight that finds nothing
 * left gives its own part back and keeps its answer no longer: of many large answers at a time some are kept whole, instead
 * of all of them in part.
 */
export class LogBudget {
  readonly #maxBytes: number;
  readonly #freeBytes: number;
  #usedBytes = 0;

  constructor(maxBytes = MAX_BYTES, freeBytes = FREE_BYTES) {
    this.#maxBytes = maxBytes;
    this.#freeBytes = freeBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The part of a log of so many bytes that counts. */
  share(logBytes: number): number {
    return Math.max(0, logBytes - this.#freeBytes);
  }

  /** Takes bytes for a log; false, and nothing is taken, when they are not left. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
