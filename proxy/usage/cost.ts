import { decimalOf, plus, times, toNano, ZERO, type Decimal, type NanoUsd } from '../core/money.ts';
import type { Price, TokenPrices } from './price.ts';
import { possibleUsage, type BilledUsage, type PossibleUsage } from './usage.ts';

/** Why an amount is unknown. */
export type UnknownCost = 'no_price' | 'no_usage' | 'unpriced_unit';

export interface Cost {
  /** Null = unknown; `reason` says why. Never 0 for what is unknown. */
  readonly amount: NanoUsd | null;
  readonly reason?: UnknownCost;
  /** Members of the usage that were impossible, to be logged. */
  readonly clamped: readonly (keyof BilledUsage)[];
}

export interface CostOptions {
  readonly batch?: boolean;
}

/** Not rounded: terms of several calls are summed first. */
export interface ExactCost extends Omit<Cost, 'amount'> {
  /** US dollars; null = unknown. */
  readonly usd: Decimal | null;
}

/**
 * What a call costs at a price. Terms are summed exactly and rounded once, half up, to a nano-dollar. The price of the whole
 * request is that of the highest tier which its input exceeds.
 */
export function costOf(usage: BilledUsage | undefined, price: Price | undefined, options: CostOptions = {}): Cost {
  const { usd, ...others } = exactCostOf(usage, price, options);
  return { amount: usd === null ? null : toNano(usd), ...others };
}

export function exactCostOf(
  usage: BilledUsage | undefined,
  price: Price | undefined,
  { batch = false }: CostOptions = {},
): ExactCost {
  if (usage === undefined) return { usd: null, reason: 'no_usage', clamped: [] };
  const possible = possibleUsage(usage);
  const { clamped } = possible;
  if (price === undefined) return { usd: null, reason: 'no_price', clamped };
  const usd = exactCost(possible, price);
  if (usd === undefined) return { usd: null, reason: 'unpriced_unit', clamped };
  return { usd: batch ? times(usd, price.batch) : usd, clamped };
}

/** US dollars; undefined where something that was used has no price. */
function exactCost(usage: PossibleUsage, price: Price): Decimal | undefined {
  const tokens = tokenTerm(usage, price);
  const terms = [tokens, unitTerm(usage.images, price.image), unitTerm(usage.seconds, price.second)];
  const priced = terms.filter((term) => typeof term === 'object');
  if (tokens === 'unpriced' && hasTokenPrice(price)) return undefined;
  // What is billed by another unit is covered by it: images as tokens, tokens of a transcript by the second.
  const covered = priced.some(({ used }) => used) || hasRequestPriceAlone(price);
  if (terms.includes('unpriced') && !covered) return undefined;
  const sum = priced.reduce((total, { usd }) => plus(total, usd), ZERO);
  return price.request === undefined ? sum : plus(sum, price.request);
}

function hasTokenPrice({ tokens }: Price): boolean {
  return tokens.input !== undefined || tokens.output !== undefined;
}

function hasRequestPriceAlone(price: Price): boolean {
  return (
    price.request !== undefined && !hasTokenPrice(price) && price.image === undefined && price.second === undefined
  );
}

/** `used` = the unit was reported. */
type Term = { readonly usd: Decimal; readonly used: boolean } | 'unpriced';

function unitTerm(count: number | undefined, price: Decimal | undefined): Term {
  if (count === undefined || count === 0) return { usd: ZERO, used: false };
  return price === undefined ? 'unpriced' : { usd: times(decimalOf(count), price), used: true };
}

function tokenTerm(usage: PossibleUsage, price: Price): Term {
  const tokens = price.tiers.find(({ above }) => (usage.input ?? 0) > above)?.tokens ?? price.tokens;
  let usd = ZERO;
  let used = false;
  for (const [count, each] of parts(usage, tokens)) {
    if (count === 0) continue;
    if (each === undefined) return 'unpriced';
    usd = plus(usd, { units: BigInt(count) * each.units, scale: each.scale });
    used = true;
  }
  return { usd, used };
}

/**
 * Input and output divided into what has a price of its own. Tokens that are in two parts (audio out of the cache) are in the
 * first of them.
 */
function parts(usage: PossibleUsage, prices: TokenPrices): readonly (readonly [number, Decimal | undefined])[] {
  const { input = 0, cachedInput = 0, cacheWrite = 0, output = 0, reasoning = 0 } = usage;
  const audioInput = Math.min(usage.audioInput ?? 0, input - cachedInput - cacheWrite);
  const audioOutput = Math.min(usage.audioOutput ?? 0, output - reasoning);
  return [
    [input - cachedInput - cacheWrite - audioInput, prices.input],
    [cachedInput, prices.cachedInput],
    [cacheWrite, prices.cacheWrite],
    [audioInput, prices.audioInput],
    [output - reasoning - audioOutput, prices.output],
    [reasoning, prices.reasoning],
    [audioOutput, prices.audioOutput],
  ];
}
