import type { Clock } from '../../core/clock.ts';

const WINDOW_MS = 60_000;
/** Wrong tokens a minute: of one address, and of all together. */
const MOST_OF_ONE = 5;
const MOST_OF_ALL = 50;

/** Bounds how often a token may be guessed. Kept by one process: several workers allow as many times more. */
export class SignInRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #failed = new Map<string, number>();
  #all = 0;
  #begun = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whole seconds until a try is allowed; 0 = now. */
  wait(address: string): number {
    const passed = this.#clock.monotonic() - this.#begun;
    if (passed >= WINDOW_MS) {
      this.#begun = this.#clock.monotonic();
      this.#failed.clear();
      this.#all = 0;
      return 0;
    }
    const isFull = (this.#failed.get(address) ?? 0) >= MOST_OF_ONE || this.#all >= MOST_OF_ALL;
    return isFull ? Math.max(1, Math.ceil((WINDOW_MS - passed) / 1_000)) : 0;
  }

  /** A try with a wrong token. */
  failed(address: string): void {
    this.#all += 1;
    this.#failed.set(address, (this.#failed.get(address) ?? 0) + 1);
  }
}
