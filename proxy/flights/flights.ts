import type { Flight } from './flight.ts';

/** What is shared with a flight travels beside it. */
export interface Boarded<Head, Failure> {
  readonly flight: Flight<Head, Failure>;
}

/** The flights of this process by cache key: equal requests find each other here. */
export class Flights<Entry extends Boarded<unknown, unknown>> {
  readonly #byKey = new Map<string, Entry>();

  get size(): number {
    return this.#byKey.size;
  }

  /** The flight that an equal request may still join. */
  find(key: string): Entry | undefined {
    const entry = this.#byKey.get(key);
    return entry?.flight.joinable ? entry : undefined;
  }

  /** Puts a flight on the board; an older one of that key that takes no passengers any more is forgotten. */
  start(key: string, entry: Entry): void {
    this.#byKey.set(key, entry);
  }

  /** Takes every flight off the board: after a purge nobody may get an answer that was begun before it. */
  clear(): void {
    this.#byKey.clear();
  }

  /** Takes the flight off the board: nobody can join it any more. */
  land(key: string, entry: Entry): void {
    if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
  }
}
