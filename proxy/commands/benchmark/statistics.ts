import type { NanoUsd } from '../../core/money.ts';
import { nameOf, type BenchmarkRecord, type Target } from './record.ts';

/** Seconds. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
}

/** What the calls of one model come to. Times, tokens and costs are those of the calls that succeeded. */
export interface Summary extends Target {
  readonly calls: number;
  readonly succeeded: number;
  /** Undefined where no call succeeded. */
  readonly time?: Spread;
  readonly firstToken?: Spread;
  /** The mean of a call; null where a call says nothing of its usage. */
  readonly tokens: number | null;
  /** Null where the cost of a call is unknown. */
  readonly meanCost: NanoUsd | null;
  readonly totalCost: NanoUsd | null;
  /** The first answer, or why there is none. */
  readonly preview: string;
}

/** One summary for each model, the fastest (by the median) first, those without an answer last. */
export function summaries(records: readonly BenchmarkRecord[]): Summary[] {
  const groups = Map.groupBy(records, nameOf);
  return [...groups.values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : summaryOf(first, others)))
    .toSorted((a, b) => medianOf(a) - medianOf(b));
}

function medianOf({ time }: Summary): number {
  return time?.p50 ?? Number.MAX_VALUE;
}

function summaryOf(first: BenchmarkRecord, others: readonly BenchmarkRecord[]): Summary {
  const { provider, model } = first;
  const records = [first, ...others];
  const good = records.filter(({ success }) => success);
  const totals = { provider, model, calls: records.length, succeeded: good.length };
  const [answered] = good;
  if (answered === undefined) {
    return { ...totals, tokens: null, meanCost: null, totalCost: null, preview: first.error ?? '' };
  }
  const tokens = sumOf(good.map(({ total_tokens: count }) => (count === null ? null : BigInt(count))));
  const cost = sumOf(good.map(({ total_cost: amount }) => amount));
  return {
    ...totals,
    time: spreadOf(good.map(({ response_time: time }) => time)),
    firstToken: spreadOf(good.map(({ time_to_first_token: time }) => time)),
    tokens: tokens === null ? null : Number(tokens) / good.length,
    meanCost: cost === null ? null : halfUp(cost, BigInt(good.length)),
    totalCost: cost,
    preview: answered.response_preview,
  };
}

function sumOf(values: readonly (bigint | null)[]): bigint | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0n);
}

/** The quotient of two that are not negative, rounded half up. */
function halfUp(sum: bigint, count: bigint): bigint {
  return (sum * 2n + count) / (count * 2n);
}

/** `values` is not empty. */
function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, p50: percentile(sorted, 50), p95: percentile(sorted, 95) };
}

/** Nearest rank: the least value that so many percent of all do not exceed. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((sorted.length * percent) / 100));
  return sorted[rank - 1] ?? Number.NaN;
}
