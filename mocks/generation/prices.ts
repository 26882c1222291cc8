/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** The provider's list prices, by the beginning of the model's name; the longest that fits counts. */
const PRICES: Readonly<Record<string, Price>> = {
  'gpt-5': { input: 1.25, output: 10 },
  'gpt-5-mini': { input: 0.25, output: 2 },
  'gpt-5-nano': { input: 0.05, output: 0.4 },
  'gpt-5-pro': { input: 15, output: 120 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4o-2024-05-13': { input: 5, output: 15 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'gpt-4-turbo': { input: 10, output: 30 },
  'gpt-4': { input: 30, output: 60 },
  'gpt-3.5-turbo': { input: 0.5, output: 1.5 },
  'gpt-3.5-turbo-instruct': { input: 1.5, output: 2 },
  o1: { input: 15, output: 60 },
  'o1-mini': { input: 1.1, output: 4.4 },
  o3: { input: 2, output: 8 },
  'o3-mini': { input: 1.1, output: 4.4 },
  'o4-mini': { input: 1.1, output: 4.4 },
  'gemini-2.0-flash': { input: 0.1, output: 0.4 },
  'gemini-2.5-flash': { input: 0.3, output: 2.5 },
  'gemini-2.5-flash-lite': { input: 0.1, output: 0.4 },
  'gemini-2.5-pro': { input: 1.25, output: 10 },
  'gemini-3-flash': { input: 0.5, output: 3 },
  'gemini-3-pro': { input: 2, output: 12 },
  'gemini-3.1-pro': { input: 2, output: 12 },
  'gemini-embedding': { input: 0.15, output: 0 },
  'claude-opus': { input: 5, output: 25 },
  'claude-opus-4-1': { input: 15, output: 75 },
  'claude-sonnet': { input: 3, output: 15 },
  'claude-haiku': { input: 1, output: 5 },
  'text-embedding-3-small': { input: 0.02, output: 0 },
  'text-embedding-3-large': { input: 0.13, output: 0 },
  'text-embedding-ada-002': { input: 0.1, output: 0 },
};

/** What an unknown model costs. */
const OTHERWISE: Price = { input: 1, output: 4 };

const LONGEST_FIRST = Object.keys(PRICES).toSorted((a, b) => b.length - a.length);

export function priceOf(model: string): Price {
  const known = LONGEST_FIRST.find((name) => model.startsWith(name));
  return known === undefined ? OTHERWISE : (PRICES[known] ?? OTHERWISE);
}

/** US dollars for the tokens of one answer. */
export function costOf(model: string, tokens: { readonly input: number; readonly output: number }): number {
  const price = priceOf(model);
  return (tokens.input * price.input + tokens.output * price.output) / 1_000_000;
}
