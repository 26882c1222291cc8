import { priceOf } from '../generation/prices.ts';
import type { Price } from '../generation/prices.ts';
import type { JournalEntry } from '../journal/entry.ts';

export interface InvoiceLine {
  readonly model: string;
  /** Requests that cost something. */
  readonly requests: number;
  readonly inputTokens: number;
  /** Includes reasoning; of answers that were broken off, what was generated until then. */
  readonly outputTokens: number;
  /** US dollars. */
  readonly usd: number;
}

export interface Invoice extends Omit<InvoiceLine, 'model'> {
  /** By model, in the order in which they were first asked. */
  readonly lines: readonly InvoiceLine[];
}

export interface InvoiceOptions {
  /** US dollars for a million tokens, by model; others have the provider's list price. */
  readonly prices?: Readonly<Record<string, Price>>;
}

const MILLION = 1_000_000;

/** What the provider would bill for these requests. Failed ones cost nothing; discounts for cached prompts are not counted. */
export function invoiceOf(entries: readonly JournalEntry[], { prices = {} }: InvoiceOptions = {}): Invoice {
  const billed = entries.flatMap(({ model = 'unknown', billed }) => (billed ? [{ model, ...billed }] : []));
  const models = [...new Set(billed.map(({ model }) => model))];
  const lines = models.map((model): InvoiceLine => {
    const own = billed.filter((one) => one.model === model);
    const inputTokens = own.reduce((sum, { input }) => sum + input, 0);
    const outputTokens = own.reduce((sum, { output }) => sum + output, 0);
    const price = prices[model] ?? priceOf(model);
    const usd = (inputTokens * price.input + outputTokens * price.output) / MILLION;
    return { model, requests: own.length, inputTokens, outputTokens, usd };
  });
  const total = (field: 'requests' | 'inputTokens' | 'outputTokens' | 'usd'): number =>
    lines.reduce((sum, line) => sum + line[field], 0);
  return {
    lines,
    requests: total('requests'),
    inputTokens: total('inputTokens'),
    outputTokens: total('outputTokens'),
    usd: total('usd'),
  };
}
