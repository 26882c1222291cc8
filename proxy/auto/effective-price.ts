import type { PriceEntry } from '../core/price.ts';

/** US dollars per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Undefined = the entry does not say. */
  readonly cachedInput: number | undefined;
}

export interface PricedPrompt {
  /** Canonical. */
  readonly provider: string;
  /** Of the whole request. */
  readonly promptTokens: number;
  /** The preference `cache_aware`. */
  readonly cacheAware: boolean;
  /** 0..1: how much of the input the provider reads from its cache; undefined before anything is known. */
  readonly cachedShare: number | undefined;
}

/** Prompt tokens from which a provider caches a prompt; others get no discount. */
const CACHED_FROM: Readonly<Record<string, number>> = { openai: 1_024, gemini: 1_024, anthropic: 2_048 };
const USUAL_DISCOUNT = 0.1;
const UNKNOWN_SHARE = 0.5;

/**
 * The rates of a request with so many input tokens: those of the highest tier that the input exceeds. Undefined where input or output
 * has no price per token.
 */
export function ratesAt(entry: PriceEntry | undefined, inputTokens: number): Rates | undefined {
  if (entry === undefined) return undefined;
  const tier = entry.tiers
    ?.filter(({ above }) => inputTokens > above)
    .toSorted((a, b) => b.above - a.above)
    .at(0);
  const input = tier?.input ?? entry.input;
  const output = tier?.output ?? entry.output;
  if (input === undefined || output === undefined) return undefined;
  return { input, output, cachedInput: tier?.cachedInput ?? entry.cachedInput };
}

/** The mean of input and output, US dollars per million; the input costs less as far as the provider's cache has it. */
export function effectivePrice(rates: Rates, prompt: PricedPrompt): number {
  return exactly((inputPrice(rates, prompt) + rates.output) / 2);
}

function inputPrice(
  { input, cachedInput }: Rates,
  { provider, promptTokens, cacheAware, cachedShare }: PricedPrompt,
): number {
  const from = CACHED_FROM[provider];
  if (!cacheAware || from === undefined || promptTokens < from) return input;
  const share = Math.min(1, Math.max(0, cachedShare ?? UNKNOWN_SHARE));
  return (cachedInput ?? input * USUAL_DISCOUNT) * share + input * (1 - share);
}

/** Quality squared for each US dollar; infinite where the model is free. */
export function valueOf(quality: number, price: number): number {
  return exactly(price === 0 ? Infinity : (quality * quality) / price);
}

/** Prices are decimal: what differs in the last digits of a double alone is equal. */
function exactly(value: number): number {
  return Number(value.toPrecision(12));
}
