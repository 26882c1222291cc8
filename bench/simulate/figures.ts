import type { Histogram } from '../../proxy/core/histogram.ts';
import type { RedisCounts } from './redis-counts.ts';
import { DURATION_MS, numbers, type Scenario, type Size, TROUBLE, weightOf } from './scenarios.ts';
import type { Ending, Tally } from './tally.ts';

/** Share of what they are to get from which on endpoints have recovered, and up to which they are avoided. */
const RECOVERED = 0.9;
const AVOIDED = 0.5;
/** Calls of so many seconds together decide whether endpoints have recovered. */
const WINDOW_S = 5;

/** What a run has shown. Equal for equal options: times are virtual. */
export interface Figures {
  readonly size: Size;
  readonly seed: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Requests that never ended. */
  readonly lost: number;
  /** Requests that went to endpoints. */
  readonly calls: number;
  /** Of these the ones that brought no answer. */
  readonly wasted: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Different requests among those of the clients. */
  readonly distinct: number;
  readonly shares: Shares;
  /** Milliseconds: from the trouble until its endpoints get half of their share or less; from its end until they get 90 %. */
  readonly avoidedMs: number | undefined;
  readonly recoveredMs: number | undefined;
  /** Share of all calls that went to the endpoints in trouble in that time, and the one that they were to get. */
  readonly troubled: { readonly got: number; readonly wanted: number };
  readonly redis: Redis;
  /** Milliseconds that answered requests took. */
  readonly waits: Readonly<Record<'before' | 'during' | 'after', { readonly p50: number; readonly p99: number }>>;
}

interface Shares {
  /** Furthest from 1: an endpoint's calls ÷ those that its weight gives it, before the trouble. */
  readonly least: number;
  readonly most: number;
  /** Calls of all endpoints of a weight ÷ those that it gives them. */
  readonly byWeight: Readonly<Record<number, number>>;
  /** The busiest second of an endpoint ÷ its mean, before the trouble. */
  readonly busiestSecond: number;
}

interface Redis {
  readonly lookups: number;
  readonly stores: number;
  readonly changes: number;
  readonly reloads: number;
  readonly messages: number;
  readonly commandsPerRequest: number;
}

export interface Seen {
  readonly size: Size;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly tally: Tally;
  readonly counts: RedisCounts;
}

export function figuresOf({ size, seed, scenario, tally, counts }: Seen): Figures {
  const { endings, attempts, outcomes } = tally;
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
  const troubled = scenario.troubled(size.endpoints);
  const { lookups, stores, changes, reloads, messages, commands } = counts;
  return {
    size,
    seed,
    endings: { ...endings },
    lost: size.requests - ended,
    calls: attempts,
    wasted: attempts - (outcomes.get('ok') ?? 0),
    outcomes: Object.fromEntries([...outcomes].toSorted(([one], [other]) => one.localeCompare(other))),
    distinct: Math.ceil(size.requests / scenario.herd),
    shares: sharesOf(size, tally),
    ...changesOf(size, troubled, tally),
    troubled: troubledShare(size, troubled, tally),
    redis: { lookups, stores, changes, reloads, messages, commandsPerRequest: commands / size.requests },
    waits: {
      before: percentiles(tally.waits.before),
      during: percentiles(tally.waits.during),
      after: percentiles(tally.waits.after),
    },
  };
}

/** Part of all calls that some endpoints are to get, by their weights. */
function wantedShare(size: Size, endpoints: readonly number[]): number {
  const weights = (some: readonly number[]): number => some.reduce((sum, one) => sum + weightOf(one), 0);
  return weights(endpoints) / weights(numbers(size.endpoints));
}

function sharesOf(size: Size, tally: Tally): Shares {
  const all = numbers(size.endpoints);
  const seconds = TROUBLE.from / 1_000;
  const total = tally.calls(all, 0, seconds);
  const ratioOf = (some: readonly number[]): number =>
    total === 0 ? 0 : tally.calls(some, 0, seconds) / (total * wantedShare(size, some));
  const ratios = all.map((one) => ratioOf([one]));
  const weights = [...new Set(all.map(weightOf))].toSorted((one, other) => one - other);
  const busiest = all.map((one) => {
    const mean = tally.calls([one], 0, seconds) / seconds;
    return Math.max(...numbers(seconds).map((second) => tally.calls([one], second, second + 1))) / (mean || 1);
  });
  return {
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    byWeight: Object.fromEntries(
      weights.map((weight) => [weight, ratioOf(all.filter((one) => weightOf(one) === weight))]),
    ),
    busiestSecond: Math.max(...busiest),
  };
}

function changesOf(size: Size, troubled: readonly number[], tally: Tally): Pick<Figures, 'avoidedMs' | 'recoveredMs'> {
  if (troubled.length === 0) return { avoidedMs: undefined, recoveredMs: undefined };
  const all = numbers(size.endpoints);
  const wanted = wantedShare(size, troubled);
  const share = (from: number): number =>
    tally.calls(troubled, from, from + WINDOW_S) / (wanted * tally.calls(all, from, from + WINDOW_S) || 1);
  const [from, to] = [TROUBLE.from / 1_000, TROUBLE.to / 1_000];
  const avoided = numbers(to - from - WINDOW_S).find((second) => share(from + second) <= AVOIDED);
  const recovered = numbers(DURATION_MS / 1_000 - to - WINDOW_S).find((second) => share(to + second) >= RECOVERED);
  return {
    avoidedMs: avoided === undefined ? undefined : avoided * 1_000,
    recoveredMs: recovered === undefined ? undefined : recovered * 1_000,
  };
}

function troubledShare(size: Size, troubled: readonly number[], tally: Tally): Figures['troubled'] {
  const [from, to] = [TROUBLE.from / 1_000, TROUBLE.to / 1_000];
  const total = tally.calls(numbers(size.endpoints), from, to);
  return { got: tally.calls(troubled, from, to) / (total || 1), wanted: wantedShare(size, troubled) };
}

function percentiles(histogram: Histogram): { p50: number; p99: number } {
  const at = (p: number): number => Math.round(histogram.percentile(p) ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}
