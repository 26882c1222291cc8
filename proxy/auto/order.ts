import type { Candidate } from './candidate.ts';
import { effectivePrice, ratesAt, valueOf, type Rates } from './effective-price.ts';
import type { Complexity } from './levels.ts';

/** Providers by complexity, the best first, for models without a price. */
export type FallbackOrder = Readonly<Record<Complexity, readonly string[]>>;

export const FALLBACK_ORDER: FallbackOrder = {
  simple: ['deepseek', 'moonshot', 'gemini', 'openai', 'anthropic'],
  moderate: ['deepseek', 'gemini', 'moonshot', 'openai', 'anthropic'],
  complex: ['gemini', 'deepseek', 'anthropic', 'openai', 'moonshot'],
  advanced: ['openai', 'deepseek', 'anthropic', 'gemini', 'moonshot'],
};

/** A candidate with what it is put in order by. */
export interface Valued {
  readonly candidate: Candidate;
  /** Undefined = unknown. */
  readonly rates: Rates | undefined;
  /** US dollars per million tokens, the mean of input and output; null = unknown. */
  readonly effectivePrice: number | null;
  /** Quality squared for each US dollar; null = the price is unknown. */
  readonly value: number | null;
}

export interface OrderQuestion {
  readonly promptTokens: number;
  readonly cacheAware: boolean;
  readonly cachedShare: number | undefined;
  /** Of the complexity. Providers that it does not name come last. */
  readonly fallbackOrder: readonly string[];
  /** Canonical; their models stand before all others. */
  readonly preferredProviders: readonly string[];
  /** Quality counts before value. */
  readonly byQuality: boolean;
}

export function valued(candidate: Candidate, question: Omit<OrderQuestion, 'byQuality'>): Valued {
  const rates = ratesAt(candidate.price?.entry, question.promptTokens);
  if (rates === undefined) return { candidate, rates, effectivePrice: null, value: null };
  const price = effectivePrice(rates, { ...question, provider: candidate.provider });
  return { candidate, rates, effectivePrice: price, value: valueOf(candidate.traits.quality, price) };
}

/**
 * A total order of models: preferred providers, then value (unknown prices last, by the place of their provider), then quality,
 * then name. The order of `models` has no influence.
 */
export function inOrder(models: readonly Valued[], question: OrderQuestion): readonly Valued[] {
  const comparisons = comparisonsOf(question);
  return models.toSorted((a, b) => {
    for (const compare of comparisons) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

type Comparison = (a: Valued, b: Valued) => number;

function comparisonsOf({ preferredProviders, fallbackOrder, byQuality }: OrderQuestion): readonly Comparison[] {
  const place = ({ candidate }: Valued): number => {
    const at = fallbackOrder.indexOf(candidate.provider);
    return at === -1 ? fallbackOrder.length : at;
  };
  const isPreferred = ({ candidate }: Valued): number => (preferredProviders.includes(candidate.provider) ? 0 : 1);
  const preferred: Comparison = (a, b) => isPreferred(a) - isPreferred(b);
  const value: Comparison = (a, b) => {
    if (a.value !== null && b.value !== null) return descending(a.value, b.value);
    return a.value === null && b.value === null
      ? place(a) - place(b)
      : Number(a.value === null) - Number(b.value === null);
  };
  return [preferred, ...(byQuality ? [quality, value] : [value, quality]), name];
}

const quality: Comparison = (a, b) => descending(a.candidate.traits.quality, b.candidate.traits.quality);

const name: Comparison = (a, b) => {
  const [first, second] = [a.candidate.model, b.candidate.model];
  if (first === second) return 0;
  return first < second ? -1 : 1;
};

/** Infinite values are equal to each other. */
function descending(a: number, b: number): number {
  return a === b ? 0 : b - a;
}
