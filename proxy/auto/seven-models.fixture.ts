import { compilePrice } from '../usage/price.ts';
import type { Candidate, Requirements } from './candidate.ts';
import type { RankingQuestion } from './ranking.ts';
import { SEVEN_ROWS } from './seven-rows.fixture.ts';

/** Seven models, by value in this order. */
export const SEVEN: readonly Candidate[] = SEVEN_ROWS.map(
  ([model, provider, quality, input, output, window, abilities]) => ({
    model,
    provider,
    traits: {
      quality,
      contextWindow: window,
      maxOutput: undefined,
      tools: abilities.startsWith('t'),
      structured: abilities.includes('s'),
      vision: abilities.endsWith('v'),
    },
    price: priceOf(input, output),
    credential: 'system',
    admitting: true,
  }),
);

export function priceOf(input: number, output: number): Candidate['price'] {
  const entry = { input, output };
  const price = compilePrice(entry);
  return price === undefined ? undefined : { entry, price };
}

export const NO_NEEDS: Requirements = {
  tools: false,
  structured: false,
  vision: false,
  promptTokens: 0,
  outputLimit: undefined,
  contextTokens: 0,
};

/** A question about the seven for a simple text, but for what is `given`. */
export function questionOf(
  given: Partial<Omit<RankingQuestion, 'requirements'>> & { readonly needs?: Partial<Requirements> } = {},
): RankingQuestion {
  const { needs, ...others } = given;
  return {
    candidates: SEVEN,
    complexity: 'simple',
    tier: { tier: 'micro', decidedBy: 'text' },
    requirements: { ...NO_NEEDS, ...needs },
    outputTokens: 500,
    ...others,
  };
}
