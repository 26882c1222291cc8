import type { Clock } from '../core/clock.ts';
import type { PriceEntry } from '../core/price.ts';
import type { BundledPrices } from './bundled-prices.ts';
import { NameTable } from './name-table.ts';
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
  readonly bundled: BundledPrices;
}

const STALE_AFTER_MS = 86_400_000;
/** Compiled prices that are remembered; a table has no more entries than this in practice. */
const MOST_COMPILED = 10_000;

interface Fetched {
  readonly table: NameTable<PriceEntry>;
  readonly at: number;
}

/** The one table of prices: the endpoint's, the configuration's, the fetched, the bundled, in this order. */
export class PriceTable {
  readonly #clock: Clock;
  readonly #bundled: BundledPrices;
  readonly #catalog: NameTable<PriceEntry>;
  readonly #compiled = new Map<PriceEntry, Price | undefined>();
  #fetched: Fetched | undefined;

  constructor({ clock, catalog, bundled }: PriceTableSources) {
    this.#clock = clock;
    this.#bundled = bundled;
    this.#catalog = tableOf(Object.entries(catalog ?? {}).map(([name, { price }]) => [name, price] as const));
  }

  /** Takes the place of what was fetched before; that stays in force until then. `at`: milliseconds since the epoch. */
  replaceFetched(prices: Readonly<Record<string, PriceEntry>>, at: number): void {
    this.#fetched = { table: tableOf(Object.entries(prices)), at };
  }

  /** When prices were fetched, and whether that is more than a day ago; undefined before the first time. */
  get fetched(): { readonly at: number; readonly stale: boolean; readonly models: number } | undefined {
    if (this.#fetched === undefined) return undefined;
    return { at: this.#fetched.at, stale: this.#isStale(this.#fetched.at), models: this.#fetched.table.size };
  }

  /** Undefined = the price is unknown: the cost is null, `price_source` is `none`. */
  find({ model, publicName, provider, endpointPrice }: PriceQuestion): FoundPrice | undefined {
    const fetched = this.#fetched;
    return (
      this.#found('endpoint', endpointPrice) ??
      this.#found('catalog', this.#catalog.find(...(publicName === undefined ? [model] : [model, publicName]))) ??
      this.#found('fetched', fetched?.table.find(model), fetched !== undefined && this.#isStale(fetched.at)) ??
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

  #isStale(at: number): boolean {
    return this.#clock.now() - at > STALE_AFTER_MS;
  }
}

/** Entries without the price of any unit are left out: they must not hide one of another source. */
function tableOf(entries: Iterable<readonly [string, PriceEntry | undefined]>): NameTable<PriceEntry> {
  const priced: [string, PriceEntry][] = [];
  for (const [name, entry] of entries) {
    if (entry !== undefined && compilePrice(entry) !== undefined) priced.push([name, entry]);
  }
  return new NameTable(priced);
}
