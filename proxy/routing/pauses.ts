import type { Clock } from '../core/clock.ts';

export interface PausesOptions {
  readonly clock: Clock;
  /** Beyond it the oldest pause is forgotten; names may come from clients. */
  readonly maxEntries: number;
}

/** Names that are not to be used for a while: models that an endpoint lacks, credentials that are limited. */
export class Pauses {
  readonly #options: PausesOptions;
  /** Ends on the monotonic clock, the oldest pause first. */
  readonly #until = new Map<string, number>();

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** A pause that is running is prolonged and never cut short. */
  pause(name: string, ms: number): void {
    if (!(ms > 0)) return;
    const until = Math.max(this.#options.clock.monotonic() + ms, this.#until.get(name) ?? 0);
    this.#until.delete(name);
    this.#until.set(name, until);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= this.#options.maxEntries) break;
      this.#until.delete(oldest);
    }
  }

  end(name: string): void {
    this.#until.delete(name);
  }

  endAll(): void {
    this.#until.clear();
  }

  /** Milliseconds until the pause ends; 0 when there is none. */
  remainingMs(name: string): number {
    if (this.#until.size === 0) return 0;
    const until = this.#until.get(name);
    if (until === undefined) return 0;
    const left = until - this.#options.clock.monotonic();
    if (left > 0) return left;
    this.#until.delete(name);
    return 0;
  }

  /** No pause is running. */
  get isEmpty(): boolean {
    return this.#until.size === 0 || this.running().length === 0;
  }

  /** The pauses that are running, with what remains of them. */
  running(): { readonly name: string; readonly remainingMs: number }[] {
    return [...this.#until.keys()].flatMap((name) => {
      const remainingMs = this.remainingMs(name);
      return remainingMs > 0 ? [{ name, remainingMs }] : [];
    });
  }
}
