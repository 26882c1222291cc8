import { compilePrice } from '../usage/price.ts';
import type { Candidate, Requirements } from './candidate.ts';
import type { RankingQuestion } from './ranking.ts';

type Row = readonly [
  model: string,
  provider: string,
  quality: number,
  input: number,
  output: number,
  window: number,
  abilities: string,
];

const ROWS: readonly Row[] = [
  ['deepseek-chat', 'deepseek', 80, 0.14, 0.28, 32_768, 'ts-'],
  ['gemini-2.0-flash', 'gemini', 86, 0.1, 0.4, 1_000_000, 'tsv'],
  ['gpt-4o-mini', 'openai', 85, 0.15, 0.6, 128_000, 'tsv'],
  ['deepseek-v3.2-speciale', 'deepseek', 99, 0.55, 2.2, 128_000, '---'],
  ['o3-mini', 'openai', 94, 1.1, 4.4, 200_000, 'ts-'],
  ['o3', 'openai', 99, 2, 8, 200_000, 'ts-'],
  ['gpt-4o', 'openai', 90, 2.5, 10, 128_000, 'tsv'],
];

/** Seven models, by value in this order. */
export const SEVEN: readonly Candidate[] = ROWS.map(([model, provider, quality, input, output, window, abilities]) => ({
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
}));

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
