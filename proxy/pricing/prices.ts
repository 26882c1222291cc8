import type { Catalog } from '../config/prices.ts';
import { type BundledModels, type BundledPrices, loadBundledPrices } from '../usage/bundled-prices.ts';
import { FetchedPrices } from '../usage/fetched-prices.ts';
import { PriceTable } from '../usage/price-table.ts';
import { PriceRefresh, type PriceRefreshOptions } from './price-refresh.ts';

export type PricesOptions = Omit<PriceRefreshOptions, 'fetched'>;

/** What the prices of one proxy are made of, whatever configuration is in force: those that come with it, and those that were fetched. */
export class Prices {
  readonly bundled: BundledPrices & BundledModels;
  readonly fetched: FetchedPrices;
  readonly refresh: PriceRefresh;
  readonly #options: PricesOptions;

  static async load(options: PricesOptions): Promise<Prices> {
    return new Prices(options, await loadBundledPrices());
  }

  private constructor(options: PricesOptions, bundled: BundledPrices & BundledModels) {
    this.#options = options;
    this.bundled = bundled;
    this.fetched = new FetchedPrices(options.clock);
    this.refresh = new PriceRefresh({ ...options, fetched: this.fetched });
  }

  /** The table for the `catalog` and `prices` of a configuration. */
  table(catalog: Catalog | undefined): PriceTable {
    return new PriceTable({ clock: this.#options.clock, catalog, fetched: this.fetched, bundled: this.bundled });
  }
}
