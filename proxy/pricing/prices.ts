import type { Catalog } from '../config/prices.ts';
import type { TimerClock } from '../core/clock.ts';
import { type BundledModels, type BundledPrices, loadBundledPrices } from '../usage/bundled-prices.ts';
import { FetchedPrices } from '../usage/fetched-prices.ts';
import { PriceTable } from '../usage/price-table.ts';

type Bundle = BundledPrices & BundledModels;

/** What the prices of one proxy are made of, whatever configuration is in force: the bundle, and what was fetched. */
export class Prices {
  readonly fetched: FetchedPrices;
  readonly #clock: TimerClock;
  #bundled: Promise<Bundle> | undefined;

  constructor(clock: TimerClock) {
    this.#clock = clock;
    this.fetched = new FetchedPrices(clock);
  }

  /** Loaded with the first call. */
  bundled(): Promise<Bundle> {
    this.#bundled ??= loadBundledPrices();
    return this.#bundled;
  }

  /** The table for a configuration's `catalog` and `prices`. */
  table(catalog: Catalog | undefined, bundled: BundledPrices): PriceTable {
    return new PriceTable({ clock: this.#clock, catalog, fetched: this.fetched, bundled });
  }
}
