import type { Flight } from './flight.ts';
import { LogBudget } from './log-budget.ts';

/** What is shared with a flight travels beside it. */
export interface Registered<Head, Failure> {
  readonly flight: Flight<Head, Failure>;
}

/** Emptied when its entry is removed: the outgrown tables of a map hold on to what they once had until the next full collection. */
interface Cell<Entry> {
  entry: Entry | undefined;
}

/** The flights of this process by cache key: equal requests find each other here. */
export class Flights<Entry extends Registered<unknown, unknown>> {
  /** What their logs share. */
  readonly logBudget = new LogBudget();
  readonly #byKey = new Map<string, Cell<Entry>>();

  get size(): number {
    return this.#byKey.size;
  }

  /** The flight that an equal request may still join. */
  find(key: string): Entry | undefined {
    const entry = this.#byKey.get(key)?.entry;
    return entry?.flight.joinable ? entry : undefined;
  }

  /** Registers a flight; it replaces an older one of that key that takes no followers any more. */
  add(key: string, entry: Entry): void {
    this.#byKey.set(key, { entry });
  }

  /** Unregisters every flight: after a purge no request may get an answer that was begun before it. */
  clear(): void {
    this.#byKey.clear();
  }

  /** Unregisters the flights that are meant: no further request can join them. */
  removeWhere(isMeant: (entry: Entry) => boolean): void {
    for (const [key, { entry }] of this.#byKey) if (entry && isMeant(entry)) this.remove(key, entry);
  }

  /** Unregisters the flight: no request can join it any more. */
  remove(key: string, entry: Entry): void {
    const cell = this.#byKey.get(key);
    if (cell?.entry !== entry) return;
    cell.entry = undefined;
    this.#byKey.delete(key);
  }
}
