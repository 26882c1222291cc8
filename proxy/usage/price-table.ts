import type { Clock } from '../core/clock.ts';
import type { PriceEntry } from '../core/price.ts';
import type { BundledPrices } from './bundled-prices.ts';
import { type FetchedPrices, pricedEntries } from './fetched-prices.ts';
import type { NameTable } from '../core/name-table.ts';
import { compilePrice, type Price } from './price.ts';

/** Where a price was found; `estimated` is what `/api/v1/generate` makes up where there is none. */
export type PriceSource = 'endpoint' | 'catalog' | 'fetched' | 'bundled' | 'estimated' | 'none';

export interface FoundPrice {
  readonly source: PriceSource;
  readonly entry: PriceEntry;
  readonly price: Price;
  /** Fetched more than a day ago. */
  readonly stale: boolean;
}

export interface PriceQuestion {
  /** What the endpoint calls the model. */
  readonly model: string;
  /** What clients call it; its entry of the configuration counts where there is none for `model`. */
  readonly publicName?: string;
  /** Canonical: openai, anthropic, gemini … Left out = not known. */
  readonly provider?: string;
  /** `price` of the endpoint in the configuration. */
  readonly endpointPrice?: PriceEntry | undefined;
}

export interface PriceTableSources {
  readonly clock: Clock;
  readonly catalog?: Readonly<Record<string, { readonly price?: PriceEntry }>> | undefined;
  /** Left out = none are fetched. */
  readonly fetched?: FetchedPrices | undefined;
  readonly bundled: BundledPrices;
}

/** Compiled prices that are remembered; a table has no more entries than this in practice. */
const MOST_COMPILED = 10_000;

/** The one table of prices: the endpoint's, the configuration's, the fetched, the bundled, in this order. */
export class PriceTable {
  readonly #clock: Clock;
  readonly #bundled: BundledPrices;
  readonly #catalog: NameTable<PriceEntry>;
  readonly #compiled = new Map<PriceEntry, Price | undefined>();
  readonly #fetched: FetchedPrices | undefined;

  constructor({ clock, catalog, fetched, bundled }: PriceTableSources) {
    this.#clock = clock;
    this.#fetched = fetched;
    this.#bundled = bundled;
    this.#catalog = pricedEntries(Object.entries(catalog ?? {}).map(([name, { price }]) => [name, price] as const));
  }

  /** Undefined = the price is unknown: the cost is null, `price_source` is `none`. */
  find({ model, publicName, provider, endpointPrice }: PriceQuestion): FoundPrice | undefined {
    const fetched = this.#fetched;
    return (
      this.#found('endpoint', endpointPrice) ??
      this.#found('catalog', this.#catalog.find(...(publicName === undefined ? [model] : [model, publicName]))) ??
      this.#found('fetched', fetched?.find(model), fetched?.state?.stale) ??
      this.#found('bundled', this.#bundled.find(model, provider, this.#clock.now()))
    );
  }

  #found(source: PriceSource, entry: PriceEntry | undefined, stale = false): FoundPrice | undefined {
    const price = entry === undefined ? undefined : this.#compile(entry);
    return entry === undefined || price === undefined ? undefined : { source, entry, price, stale };
  }

  #compile(entry: PriceEntry): Price | undefined {
    if (this.#compiled.has(entry)) return this.#compiled.get(entry);
    const price = compilePrice(entry);
    if (this.#compiled.size >= MOST_COMPILED) this.#compiled.clear();
    this.#compiled.set(entry, price);
    return price;
  }
}
