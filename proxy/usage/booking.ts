import { plus, toNano, ZERO, type NanoUsd } from '../core/money.ts';
import { exactCostOf, type UnknownCost } from './cost.ts';
import type { LedgerAttempt, LedgerRow } from './ledger.ts';
import type { FoundPrice } from './price-table.ts';
import { possibleUsage, type BilledUsage, type UsageSource } from './usage.ts';

/** One call to an endpoint, with what it said of its usage and what its model costs there. */
export interface BilledAttempt extends Pick<LedgerAttempt, 'model' | 'provider' | 'endpoint' | 'credential' | 'error'> {
  /** Left out = nothing was reported, and nothing was generated that an estimate could be made of. */
  readonly usage?: BilledUsage | undefined;
  readonly estimated?: boolean;
  readonly price: FoundPrice | undefined;
  readonly batch?: boolean;
  /** See `LedgerAttempt`. */
  readonly hedge?: true | undefined;
  /** Nothing is billed for such a call, whatever its model costs. */
  readonly free?: boolean;
}

/** The part of a ledger row that is about tokens and money. */
export interface Booking extends Pick<
  LedgerRow,
  'inputTokens' | 'cachedTokens' | 'outputTokens' | 'cost' | 'priceSource' | 'usageSource' | 'cached' | 'savedByCache'
> {
  readonly attempts: readonly LedgerAttempt[];
  /** What is charged to budgets: the known costs, where one attempt's is unknown too. */
  readonly charge: NanoUsd;
  /** Why the cost is unknown, for the metric. */
  readonly unknown?: UnknownCost;
  /** Members of reported usage that were impossible, for the log. */
  readonly clamped: readonly (keyof BilledUsage)[];
}

type BookedMembers = Omit<Booking, 'charge' | 'unknown' | 'clamped'>;

/** The members of a row that its booking has. */
export function bookedMembers(booking: Booking): BookedMembers {
  return {
    inputTokens: booking.inputTokens,
    cachedTokens: booking.cachedTokens,
    outputTokens: booking.outputTokens,
    cost: booking.cost,
    savedByCache: booking.savedByCache,
    priceSource: booking.priceSource,
    usageSource: booking.usageSource,
    cached: booking.cached,
    attempts: booking.attempts,
  };
}

/**
 * Books a request by its attempts. Their exact costs are summed and rounded once; each attempt gets its share of the rounded
 * sum, so that they add up to it. An attempt that failed costs what it reported, and without a report nothing; one that
 * answered without usage costs an unknown amount.
 */
export function bookAttempts(attempts: readonly BilledAttempt[]): Booking {
  const booked: LedgerAttempt[] = [];
  const clamped = new Set<keyof BilledUsage>();
  let [exact, charge] = [ZERO, 0n];
  let unknown: UnknownCost | undefined;
  for (const attempt of attempts) {
    const cost = costOfAttempt(attempt);
    cost.clamped.forEach((member) => clamped.add(member));
    if (cost.usd === null) unknown ??= cost.reason;
    else exact = plus(exact, cost.usd);
    const total = toNano(exact);
    booked.push(ledgerAttempt(attempt, cost.usd === null ? null : total - charge));
    charge = total;
  }
  const sum = (member: 'input' | 'cached' | 'output'): number =>
    booked.reduce((total, attempt) => total + attempt[member], 0);
  return {
    inputTokens: sum('input'),
    cachedTokens: sum('cached'),
    outputTokens: sum('output'),
    cost: unknown === undefined ? charge : null,
    charge,
    priceSource: attempts.at(-1)?.price?.source ?? 'none',
    usageSource: sourceOf(attempts),
    cached: false,
    savedByCache: null,
    attempts: booked,
    clamped: [...clamped],
    ...(unknown === undefined ? {} : { unknown }),
  };
}

/** Books a request that was answered by the cache, or joined a generation that another request pays for. */
export function bookSaved(origin: Pick<BilledAttempt, 'usage' | 'price'>): Booking {
  const { usd } = exactCostOf(origin.usage, origin.price?.price);
  const savedByCache = usd === null ? null : toNano(usd);
  const priceSource = origin.price?.source ?? 'none';
  return { ...bookAttempts([]), cached: true, savedByCache, priceSource };
}

/** What the same tokens had cost at the reference model, less what they did; null where either is unknown. */
export function savedByRouting(reference: NanoUsd | null, cost: NanoUsd | null): NanoUsd | null {
  if (reference === null || cost === null) return null;
  return reference > cost ? reference - cost : 0n;
}

function costOfAttempt(attempt: BilledAttempt): ReturnType<typeof exactCostOf> {
  const { usage, price, batch = false, error, free = false } = attempt;
  if (free) return { usd: ZERO, clamped: [] };
  if (usage === undefined && error !== null) return { usd: ZERO, clamped: [] };
  return exactCostOf(usage, price?.price, { batch });
}

function ledgerAttempt(attempt: BilledAttempt, cost: NanoUsd | null): LedgerAttempt {
  const { model, provider, endpoint, credential, error, hedge } = attempt;
  const { input = 0, cachedInput = 0, output = 0 } = possibleUsage(attempt.usage ?? {});
  const booked = { model, provider, endpoint, credential, input, cached: cachedInput, output, cost, error };
  return hedge ? { ...booked, hedge } : booked;
}

function sourceOf(attempts: readonly BilledAttempt[]): UsageSource {
  const withUsage = attempts.filter(({ usage }) => usage !== undefined);
  if (withUsage.length === 0) return 'none';
  return withUsage.some(({ estimated }) => estimated) ? 'estimated' : 'reported';
}
