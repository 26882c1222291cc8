import type { PriceEntry } from '../core/price.ts';
import { compilePrice } from './price.ts';
import type { FoundPrice, PriceTable } from './price-table.ts';

interface Row {
  /** Canonical name of who makes the models that are called so. */
  readonly maker: string;
  /** How their names begin. */
  readonly start: string;
  readonly entry: PriceEntry;
}

/** US dollars per million tokens. The first row of a provider stands for its models that no row names. */
const ROWS: readonly Row[] = [
  row('anthropic', 'claude-3-5-haiku', 0.8, 4),
  row('anthropic', 'claude-sonnet-4', 3, 15),
  row('anthropic', 'claude-opus-4', 15, 75),
  row('openai', 'gpt-4o', 2.5, 10),
  row('openai', 'gpt-4o-mini', 0.15, 0.6),
  row('openai', 'gpt-4-turbo', 10, 30),
  row('gemini', 'gemini-2.0-flash', 0.1, 0.4),
  row('gemini', 'gemini-1.5-pro', 1.25, 5),
  row('llama', 'meta-llama/llama-3', 0.88, 0.88),
  row('mistral', 'mistral-large', 2, 6),
  row('mistral', 'mistral-small', 0.1, 0.3),
];
const OTHERS: PriceEntry = { input: 1, output: 3 };

function row(maker: string, start: string, input: number, output: number): Row {
  return { maker, start, entry: { input, output } };
}

/** What a model is taken to cost where no price is known: by the longest beginning of its name, else by its provider. */
export function estimatedEntry(model: string, maker: string | undefined): PriceEntry {
  const name = model.toLowerCase();
  const [named] = ROWS.filter(({ start }) => name.startsWith(start)).toSorted(
    (a, b) => b.start.length - a.start.length,
  );
  return (named ?? ROWS.find((one) => one.maker === maker))?.entry ?? OTHERS;
}

/** The table of prices, and an estimate where it has nothing: for `/api/v1/generate` alone. */
export function withEstimates(prices: Pick<PriceTable, 'find'>): Pick<PriceTable, 'find'> {
  return { find: (question) => prices.find(question) ?? estimated(question.model, question.provider) };
}

function estimated(model: string, maker: string | undefined): FoundPrice | undefined {
  const entry = estimatedEntry(model, maker);
  const price = compilePrice(entry);
  return price && { source: 'estimated', entry, price, stale: false };
}
