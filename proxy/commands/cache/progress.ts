import type { CommandPlace } from '../place.ts';
import type { WarmCounts } from './warm-counts.ts';
import { countsText } from './warm-counts.ts';

/** A run that is over sooner has no bar. */
const QUIET_MS = 1_000;
const BETWEEN_MS = 100;
const CELLS = 24;
const CLEAR_LINE = '\r\u001b[2K';

/** One line of a terminal that says how far a run is. */
export class ProgressBar {
  readonly #err: CommandPlace['err'];
  readonly #total: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  #drawnAt = -Infinity;

  /** `now`: monotonic milliseconds. */
  constructor(err: CommandPlace['err'], total: number, now: () => number) {
    this.#err = err;
    this.#total = total;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Draws the line anew, at most ten times a second. */
  update(counts: WarmCounts): void {
    const now = this.#now();
    if (now - this.#startedAt < QUIET_MS || now - this.#drawnAt < BETWEEN_MS) return;
    this.#drawnAt = now;
    const done = counts.hits + counts.misses + counts.uncached + counts.failures;
    const share = this.#total === 0 ? 1 : done / this.#total;
    const full = Math.floor(share * CELLS);
    const bar = '#'.repeat(full) + '-'.repeat(CELLS - full);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    this.#err.write(`${CLEAR_LINE}[${bar}] ${percent} %  ${done}/${this.#total}  ${countsText(counts)}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#drawnAt > -Infinity) this.#err.write(CLEAR_LINE);
  }
}
