import type { MatchLogic, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';

import type { PriceEntry, PriceTier, TokenRates } from '../core/price.ts';
import { NameTable } from '../core/name-table.ts';

/** Prices that come with the proxy, by the provider that asks them. */
export interface BundledPrices {
  /**
   * The price that is in force `at` that time (milliseconds since the epoch): some change with a date, some with the time of day.
   * Undefined where the bundle does not know the model. A provider that it does not know has the prices of the maker.
   */
  find(model: string, provider: string | undefined, at: number): PriceEntry | undefined;
}

/** Names of the models that have prices. */
export interface BundledModels {
  /** Those of a provider by its canonical name; none where the bundle does not know it. */
  names(provider: string): readonly string[];
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
 * Loads the bundle, half a megabyte, so only where prices are needed. Nothing is fetched.
 */
export async function loadBundledPrices(): Promise<BundledPrices & BundledModels> {
  const { waitForUpdate } = await import('@pydantic/genai-prices');
  return bundledPrices((await waitForUpdate()) ?? []);
}

export function bundledPrices(providers: readonly Provider[]): BundledPrices & BundledModels {
  const tables = new Map(providers.map((provider) => [provider.id, tableOf(provider)]));
  return {
    names(provider) {
      const [own] = NAMES[provider] ?? [provider];
      return providers.find(({ id }) => id === own)?.models.map(({ id }) => id) ?? [];
    },
    find(model, provider, at) {
      const named = NAMES[provider ?? ''] ?? (provider === undefined ? [] : [provider]);
      const known = named.filter((name) => tables.has(name));
      for (const name of known.length === 0 ? MAKERS : known) {
        const entry = tables
          .get(name)
          ?.find(model)
          ?.findLast(({ inForce }) => inForce(at))?.entry;
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
  };
}

/** Names that a model is said to equal come before its id, and both before the beginnings of names. */
function tableOf({ models }: Provider): NameTable<readonly TimedEntry[]> {
  const priced = models.map((model) => ({ model, entry: timedEntries(model) }));
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

interface TimedEntry {
  readonly inForce: (at: number) => boolean;
  readonly entry: PriceEntry;
}

/** In the order of the bundle: the last that is in force counts. */
function timedEntries({ prices }: ModelInfo): readonly TimedEntry[] {
  if (!Array.isArray(prices)) return [{ inForce: () => true, entry: entryOf(prices) }];
  return prices.map((one) => ({ inForce: periodOf(one.constraint), entry: entryOf(one.prices) }));
}

type Constraint = Exclude<ModelInfo['prices'], ModelPrice>[number]['constraint'];

const DAY_MS = 86_400_000;

function periodOf(constraint: Constraint): (at: number) => boolean {
  if (constraint === undefined) return () => true;
  if (constraint.type === 'start_date') {
    const start = Date.parse(constraint.start_date);
    return (at) => at >= start;
  }
  // Times of day of UTC; a period may go past midnight.
  const [start, end] = [constraint.start_time, constraint.end_time].map((time) => Date.parse(`1970-01-01T${time}`)) as [
    number,
    number,
  ];
  return (at) => {
    const time = at % DAY_MS;
    return start <= end ? time >= start && time < end : time >= start || time < end;
  };
}

function entryOf(prices: ModelPrice): PriceEntry {
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
