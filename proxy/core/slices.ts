import { setImmediate } from 'node:timers';

/** Long work that stops at each `yield`, after a few milliseconds at the most, and goes on when it is asked to. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Bytes of a JSON text that are read, parsed or hashed in one step: about 2 ms. */
export const SLICE_BYTES = 256 * 1024;

/**
 * Runs long work between that of others: one step a turn of the event loop, however many callers have work. They take
 * turns. What waits is one closure a caller.
 */
export class Slices {
  readonly #waiting: (() => void)[] = [];

  /** The result of the steps; rejects with what they throw. The first step, too, waits for its turn. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      await this.#turn();
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#schedule();
    });
  }

  #schedule(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
