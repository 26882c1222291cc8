import type { MatchLogic, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';

import type { PriceEntry, PriceTier, TokenRates } from '../core/price.ts';
import { NameTable } from './name-table.ts';

/** Prices that come with the proxy, by the provider that asks them. */
export interface BundledPrices {
  /** Undefined where the bundle does not know the model. A provider that it does not know has the prices of the maker. */
  find(model: string, provider: string | undefined): PriceEntry | undefined;
}

/** Providers that the bundle calls otherwise, and whose prices count where a provider has none of its own. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  gemini: ['google'],
  vertex: ['google'],
  azure: ['azure', 'openai'],
  moonshot: ['moonshotai'],
  kimi: ['moonshotai'],
  xai: ['x-ai'],
  bedrock: ['aws'],
  zai: ['zai', 'zhipuai'],
};
/** Those that make models, asked where it is not known who serves one. */
const MAKERS = ['openai', 'anthropic', 'google', 'deepseek', 'mistral', 'moonshotai', 'x-ai', 'cohere', 'voyageai'];

/**
 * Loads the bundle, half a megabyte, so only when a price is first asked for. Nothing is fetched. `now` (milliseconds since the
 * epoch) picks the price that is in force where it has changed.
 */
export async function loadBundledPrices(now: number): Promise<BundledPrices> {
  const { waitForUpdate } = await import('@pydantic/genai-prices');
  return bundledPrices((await waitForUpdate()) ?? [], now);
}

export function bundledPrices(providers: readonly Provider[], now: number): BundledPrices {
  const tables = new Map(providers.map((provider) => [provider.id, tableOf(provider, now)]));
  return {
    find(model, provider) {
      const named = NAMES[provider ?? ''] ?? (provider === undefined ? [] : [provider]);
      const known = named.filter((name) => tables.has(name));
      for (const name of known.length === 0 ? MAKERS : known) {
        const entry = tables.get(name)?.find(model);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
  };
}

/** Names that a model is said to equal come before its id, and both before the beginnings of names. */
function tableOf({ models }: Provider, now: number): NameTable<PriceEntry> {
  const priced = models.flatMap((model) => {
    const entry = entryOf(model, now);
    return entry === undefined ? [] : [{ model, entry }];
  });
  return new NameTable([
    ...priced.flatMap(({ model, entry }) => textsOf(model.match, 'equals').map((name) => [name, entry] as const)),
    ...priced.map(({ model, entry }) => [model.id, entry] as const),
    ...priced.flatMap(({ model, entry }) => textsOf(model.match, 'starts_with').map((name) => [name, entry] as const)),
  ]);
}

/** The bundle's rules match parts of names too. Only the whole text of a rule is taken, as a name: no variant is priced as another. */
function textsOf(match: MatchLogic, kind: 'equals' | 'starts_with'): readonly string[] {
  if ('or' in match) return match.or.flatMap((one) => textsOf(one, kind));
  const text = kind in match ? (match as Readonly<Record<string, unknown>>)[kind] : undefined;
  return typeof text === 'string' && !text.endsWith('*') ? [text] : [];
}

function entryOf(model: ModelInfo, now: number): PriceEntry | undefined {
  const prices = Array.isArray(model.prices) ? inForce(model.prices, now) : model.prices;
  if (prices === undefined) return undefined;
  const base = ratesOf((key) => baseOf(prices[key]));
  const entry: PriceEntry = {
    ...base,
    ...defined({
      reasoning: baseOf(prices['output_reasoning_mtok']),
      audioInput: baseOf(prices['input_audio_mtok']),
      audioOutput: baseOf(prices['output_audio_mtok']),
      second: perSecond(baseOf(prices['audio_hours']) ?? baseOf(prices['input_audio_hours'])),
      request: perThousand(baseOf(prices['requests_kcount'])),
    }),
  };
  const tiers = tiersOf(prices);
  return tiers.length === 0 ? entry : { ...entry, tiers };
}

type Conditional = Exclude<ModelInfo['prices'], ModelPrice>;

/** The last whose start has come; without a date it always has. Times of day count for no entry: theirs are discounts. */
function inForce(prices: Conditional, now: number): ModelPrice | undefined {
  return prices.findLast(({ constraint }) => {
    if (constraint === undefined) return true;
    return constraint.type === 'start_date' && Date.parse(constraint.start_date) <= now;
  })?.prices;
}

type Value = ModelPrice[string];

function baseOf(value: Value): number | undefined {
  return typeof value === 'object' ? value.base : value;
}

const RATES = {
  input: 'input_mtok',
  output: 'output_mtok',
  cachedInput: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
} as const;

function ratesOf(read: (key: string) => number | undefined): TokenRates {
  return defined(Object.fromEntries(Object.entries(RATES).map(([name, key]) => [name, read(key)])));
}

/** One tier for every start that a member has. */
function tiersOf(prices: ModelPrice): PriceTier[] {
  const tiered = Object.values(RATES).flatMap((key) => {
    const value = prices[key];
    return typeof value === 'object' ? value.tiers : [];
  });
  const starts = [...new Set(tiered.map(({ start }) => start))].toSorted((a, b) => a - b);
  return starts.map((above) => ({ above, ...ratesOf((key) => priceAbove(prices[key], above)) }));
}

function priceAbove(value: Value, above: number): number | undefined {
  if (typeof value !== 'object') return undefined;
  const reached = value.tiers.filter(({ start }) => start <= above).toSorted((a, b) => b.start - a.start);
  return reached[0]?.price ?? value.base;
}

/** A second has no finite decimal price where an hour has one; twelve digits are more than any list has. */
function perSecond(perHour: number | undefined): number | undefined {
  return perHour === undefined ? undefined : Number((perHour / 3_600).toPrecision(12));
}

function perThousand(price: number | undefined): number | undefined {
  return price === undefined ? undefined : Number((price / 1_000).toPrecision(12));
}

function defined<T extends object>(entry: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as never;
}
