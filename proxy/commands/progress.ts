import type { CommandPlace } from './place.ts';

/** A run that is over sooner has no bar. */
const QUIET_MS = 1_000;
const BETWEEN_MS = 100;
const CELLS = 24;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressTerms {
  /** Of how many; left out = it is not known, and there is no bar. */
  readonly total?: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** One line of a terminal that says how far a run is. */
export class ProgressBar {
  readonly #err: CommandPlace['err'];
  readonly #terms: ProgressTerms;
  readonly #startedAt: number;
  #drawnAt = -Infinity;

  constructor(err: CommandPlace['err'], terms: ProgressTerms) {
    this.#err = err;
    this.#terms = terms;
    this.#startedAt = terms.now();
  }

  /** Draws the line anew, at most ten times a second. `text` is made when it is drawn. */
  update(done: number, text: () => string): void {
    const now = this.#terms.now();
    if (now - this.#startedAt < QUIET_MS || now - this.#drawnAt < BETWEEN_MS) return;
    this.#drawnAt = now;
    this.#err.write(`${CLEAR_LINE}${this.#bar(done)}${text()}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#drawnAt > -Infinity) this.#err.write(CLEAR_LINE);
  }

  #bar(done: number): string {
    const { total } = this.#terms;
    if (total === undefined) return '';
    const share = total === 0 ? 1 : done / total;
    const full = Math.floor(share * CELLS);
    const bar = '#'.repeat(full) + '-'.repeat(CELLS - full);
    return `[${bar}] ${`${Math.floor(share * 100)}`.padStart(3)} %  ${done}/${total}  `;
  }
}
