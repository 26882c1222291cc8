import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { LedgerRow, LedgerStore } from './ledger.ts';

export interface LedgerWriterOptions {
  readonly clock: TimerClock;
  readonly store: Pick<LedgerStore, 'insert' | 'isAway'>;
  /** Rows that may wait; one more is dropped. */
  readonly capacity?: number;
  /** Rows of one transaction. */
  readonly batch?: number;
  /** Hears of a batch that could not be written (it waits and is tried again) and of a row that the store never takes. */
  onTrouble?(error: unknown, waiting: number): void;
}

export interface LedgerWriterStats {
  readonly waiting: number;
  readonly written: number;
  /** Rows that found no room, and rows that the store refused. */
  readonly dropped: number;
}

const CAPACITY = 100_000;
const BATCH = 1_000;
/** With the time that a transaction takes a row is on the disk within a quarter of a second, as long as the store answers. */
const DELAY_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Writes rows behind the requests: in batches, in one order, again and again while the store is away. Appending never waits
 * and never throws.
 */
export class LedgerWriter {
  readonly #options: LedgerWriterOptions;
  readonly #capacity: number;
  readonly #largest: number;
  #queue: LedgerRow[] = [];
  #inFlight = 0;
  #limit: number;
  #pause = DELAY_MS;
  #written = 0;
  #dropped = 0;
  #cancel: CancelTimer | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: LedgerWriterOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? CAPACITY;
    this.#largest = options.batch ?? BATCH;
    this.#limit = this.#largest;
  }

  get stats(): LedgerWriterStats {
    return { waiting: this.#waiting(), written: this.#written, dropped: this.#dropped };
  }

  append(row: LedgerRow): void {
    if (this.#closed || this.#waiting() >= this.#capacity) {
      this.#dropped++;
      return;
    }
    this.#queue.push(row);
    this.#schedule(DELAY_MS);
  }

  /** Writes what waits. Resolves when it is written or the store has refused once; what is left is tried again later. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#write();
  }

  /** Writes what waits, once, and stops. Returns the number of rows that are lost. */
  async close(): Promise<number> {
    this.#closed = true;
    await this.flush();
    this.#cancel?.();
    const lost = this.#queue.length;
    this.#dropped += lost;
    this.#queue = [];
    return lost;
  }

  #waiting(): number {
    return this.#queue.length + this.#inFlight;
  }

  #schedule(ms: number): void {
    if (this.#cancel !== undefined || this.#writing !== undefined) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#cancel = undefined;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#queue.length > 0) this.#schedule(this.#pause);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const rows = this.#queue.splice(0, this.#limit).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      this.#inFlight = rows.length;
      const error = await this.#insert(rows);
      this.#inFlight = 0;
      if (error === undefined) this.#succeeded(rows.length);
      else if (!this.#retry(rows, error.cause)) return;
    }
  }

  async #insert(rows: readonly LedgerRow[]): Promise<{ readonly cause: unknown } | undefined> {
    try {
      await this.#options.store.insert(rows);
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }

  #succeeded(rows: number): void {
    this.#written += rows;
    this.#pause = DELAY_MS;
    this.#limit = Math.min(this.#limit * 2, this.#largest);
  }

  /**
   * A store that is away gets the same rows later. A store that answers and refuses is given smaller batches, until the one row
   * is found that it does not take: the others must not wait for it. Returns whether to go on at once.
   */
  #retry(rows: readonly LedgerRow[], cause: unknown): boolean {
    this.#options.onTrouble?.(cause, this.#queue.length + rows.length);
    if (this.#options.store.isAway(cause)) {
      this.#queue.unshift(...rows);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      return false;
    }
    if (rows.length === 1) {
      this.#dropped++;
      return true;
    }
    this.#queue.unshift(...rows);
    this.#limit = Math.ceil(rows.length / 2);
    return true;
  }
}
