import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { LedgerStore } from './ledger.ts';

export interface RetentionOptions {
  readonly clock: TimerClock;
  readonly store: Pick<LedgerStore, 'deleteBefore'>;
  /** How long rows are kept, in milliseconds. */
  readonly keepMs: number;
  readonly onTrouble?: (error: unknown) => void;
}

const EVERY_MS = 3_600_000;
/** Rows of one transaction: writers wait for no longer than that takes. */
const BATCH = 5_000;

/** Deletes old rows of the ledger, every hour, in batches. */
export class Retention {
  readonly #options: RetentionOptions;
  #cancel: CancelTimer | undefined;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(EVERY_MS, () => {
      void this.run().finally(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Returns the number of rows that were deleted. Never rejects: what could not be deleted is deleted the next time. */
  async run(): Promise<number> {
    const { clock, store, keepMs, onTrouble } = this.#options;
    const before = clock.now() - keepMs;
    let deleted = 0;
    try {
      for (;;) {
        const count = await store.deleteBefore(before, BATCH);
        deleted += count;
        if (count < BATCH || this.#stopped) return deleted;
      }
    } catch (error) {
      onTrouble?.(error);
      return deleted;
    }
  }
}
