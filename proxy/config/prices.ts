import type { PriceEntry, PriceTier } from '../core/price.ts';
import { type CatalogInput, type PriceInput, priceSchema } from './schema/prices.ts';

/** What the configuration says of a model by its name, or by the beginning of names (`gpt-4o*`). */
export interface CatalogEntry {
  readonly provider?: string;
  /** 0..100. */
  readonly quality?: number;
  readonly price?: PriceEntry;
  /** Tokens. */
  readonly contextWindow?: number;
  /** Tokens. */
  readonly maxOutput?: number;
  readonly tools?: boolean;
  readonly structured?: boolean;
  readonly vision?: boolean;
}

export type Catalog = Readonly<Record<string, CatalogEntry>>;

/** The sections `catalog` and `prices` as one; undefined where neither stands in the file. */
export function catalogOf(
  catalog: CatalogInput | undefined,
  prices: Readonly<Record<string, PriceInput>> | undefined,
): Catalog | undefined {
  if (catalog === undefined && prices === undefined) return undefined;
  const entries = new Map(Object.entries(catalog ?? {}).map(([name, entry]) => [name, entryOf(entry)]));
  for (const [name, price] of Object.entries(prices ?? {})) {
    entries.set(name, { ...entries.get(name), price: priceOf(price) });
  }
  return Object.fromEntries(entries);
}

function entryOf({ price, context_window, max_output, ...others }: CatalogInput[string]): CatalogEntry {
  return defined({
    ...others,
    price: price === undefined ? undefined : priceOf(price),
    contextWindow: context_window,
    maxOutput: max_output,
  });
}

/** The entry with the names that code uses. */
export function priceOf(input: PriceInput): PriceEntry {
  const { cached_input, cache_write, audio_input, audio_output, tiers, ...others } = input;
  return defined({
    ...others,
    cachedInput: cached_input,
    cacheWrite: cache_write,
    audioInput: audio_input,
    audioOutput: audio_output,
    tiers: tiers?.map(tierOf),
  });
}

/** A price that does not stand in the configuration, read by the rules of its section `prices`; undefined where it breaks one. */
export function readPrice(value: unknown): PriceEntry | undefined {
  const read = priceSchema.safeParse(value);
  return read.success ? priceOf(read.data) : undefined;
}

function tierOf({ cached_input, cache_write, ...others }: NonNullable<PriceInput['tiers']>[number]): PriceTier {
  return defined({ ...others, cachedInput: cached_input, cacheWrite: cache_write }) as PriceTier;
}

function defined<T extends object>(entry: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as never;
}
