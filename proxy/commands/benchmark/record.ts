import { jsonNumber, usdText, type NanoUsd } from '../../core/money.ts';
import { costOf } from '../../usage/cost.ts';
import type { Price } from '../../usage/price.ts';
import type { BilledUsage } from '../../usage/usage.ts';

/** A model that is asked, and whose it is. */
export interface Target {
  /** `openai`, `google`, `anthropic`; through a proxy also what the proxy says of a model that is none of theirs. */
  readonly provider: string;
  readonly model: string;
}

/** One text for each target. */
export function nameOf({ provider, model }: Target): string {
  return JSON.stringify([provider, model]);
}

/** One call, in the members of the result file. Times are seconds, costs US dollars. */
export interface BenchmarkRecord extends Target {
  readonly success: boolean;
  /** From the request to the end of the answer. */
  readonly response_time: number;
  /** From the request to the first piece of text. */
  readonly time_to_first_token: number;
  /** Characters (code points). */
  readonly response_length: number;
  /** The first 100 characters. */
  readonly response_preview: string;
  /** Null where an answer says nothing of its usage. */
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly total_tokens: number | null;
  /** Null where usage or price is unknown; never 0 for that. */
  readonly input_cost: NanoUsd | null;
  readonly output_cost: NanoUsd | null;
  readonly total_cost: NanoUsd | null;
  readonly error: string | null;
}

/** Records by the name of their prompt, in the order of the prompts. */
export type BenchmarkResults = ReadonlyMap<string, readonly BenchmarkRecord[]>;

/** What an answer was, and how long it took. */
export interface Answer {
  readonly text: string;
  readonly usage: BilledUsage | undefined;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

const PREVIEW_LENGTH = 100;

export function successOf({ provider, model }: Target, answer: Answer, price: Price | undefined): BenchmarkRecord {
  const { usage } = answer;
  const characters = Array.from(answer.text);
  const [input, output] = [usage?.input ?? null, usage?.output ?? null];
  return {
    provider,
    model,
    success: true,
    response_time: seconds(answer.totalMs),
    time_to_first_token: seconds(answer.firstTokenMs),
    response_length: characters.length,
    response_preview: characters.slice(0, PREVIEW_LENGTH).join(''),
    input_tokens: input,
    output_tokens: output,
    total_tokens: input === null || output === null ? null : input + output,
    ...costsOf(usage, price),
    error: null,
  };
}

export function failureOf({ provider, model }: Target, error: string): BenchmarkRecord {
  return {
    provider,
    model,
    success: false,
    response_time: 0,
    time_to_first_token: 0,
    response_length: 0,
    response_preview: '',
    input_tokens: 0,
    output_tokens: 0,
    total_tokens: 0,
    input_cost: 0n,
    output_cost: 0n,
    total_cost: 0n,
    error,
  };
}

type Costs = Pick<BenchmarkRecord, 'input_cost' | 'output_cost' | 'total_cost'>;

/** The total is that of the ledger; what is not the input's is the output's, so that both add up to it. */
function costsOf(usage: BilledUsage | undefined, price: Price | undefined): Costs {
  const total = costOf(usage, price).amount;
  const input =
    usage === undefined ? null : costOf({ ...usage, output: 0, reasoning: 0, audioOutput: 0 }, price).amount;
  return {
    input_cost: input,
    output_cost: total === null || input === null ? null : total - input,
    total_cost: total,
  };
}

/** Whole microseconds. */
function seconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000_000;
}

/** The record as JSON.stringify writes it: amounts with all their digits, `0.00000525`. */
export function jsonOf(record: BenchmarkRecord): object {
  const { input_cost: input, output_cost: output, total_cost: total } = record;
  return { ...record, input_cost: jsonUsd(input), output_cost: jsonUsd(output), total_cost: jsonUsd(total) };
}

export function jsonUsd(amount: NanoUsd | null): unknown {
  return amount === null ? null : jsonNumber(usdText(amount));
}
