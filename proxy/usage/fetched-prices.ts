import type { Clock } from '../core/clock.ts';
import type { PriceEntry } from '../core/price.ts';
import { NameTable } from '../core/name-table.ts';
import { hasPrice } from './price.ts';

/** What is known of the fetched table as a whole. */
export interface FetchedState {
  /** When it was fetched, milliseconds since the epoch. */
  readonly at: number;
  /** That is more than a day ago. */
  readonly stale: boolean;
  /** Entries with a price. */
  readonly models: number;
}

export const STALE_AFTER_MS = 86_400_000;

interface Fetched {
  readonly table: NameTable<PriceEntry>;
  readonly at: number;
}

/**
 * Prices that were fetched. One object for the life of a proxy: every table of prices reads it, whatever configuration it was made for. A
 * table stays in force until the next takes its place.
 */
export class FetchedPrices {
  readonly #clock: Clock;
  #fetched: Fetched | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `at`: milliseconds since the epoch. Of two entries whose names differ in case alone the first counts. */
  replace(entries: Iterable<readonly [name: string, entry: PriceEntry]>, at: number): void {
    this.#fetched = { table: pricedEntries(entries), at };
  }

  /** For a configuration that names no source. */
  clear(): void {
    this.#fetched = undefined;
  }

  /** Undefined before the first table. */
  get state(): FetchedState | undefined {
    if (this.#fetched === undefined) return undefined;
    const { at, table } = this.#fetched;
    return { at, stale: this.#clock.now() - at > STALE_AFTER_MS, models: table.size };
  }

  find(model: string): PriceEntry | undefined {
    return this.#fetched?.table.find(model);
  }
}

/** Entries without the price of any unit are left out: they must not hide one of another source. */
export function pricedEntries(
  entries: Iterable<readonly [name: string, entry: PriceEntry | undefined]>,
): NameTable<PriceEntry> {
  const priced: [string, PriceEntry][] = [];
  for (const [name, entry] of entries) if (entry !== undefined && hasPrice(entry)) priced.push([name, entry]);
  return new NameTable(priced);
}
