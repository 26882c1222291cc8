import { NANO_PER_CENT } from './amounts.ts';
import type { Charged, Level, LimitScope, Reading } from './types.ts';

export const WARNING_THRESHOLDS = [50, 80, 100] as const;
export type WarningThreshold = (typeof WARNING_THRESHOLDS)[number];

export interface BudgetWarning {
  readonly level: Level;
  readonly scope: LimitScope;
  readonly limitId: string;
  /** Percent of the budget. */
  readonly threshold: WarningThreshold;
  /** Nano-USD. */
  readonly used: bigint;
  readonly max: bigint;
  readonly windowStart: number;
}

/**
 * Thresholds that this charge has crossed, a warning each. Charges of one counter follow one another without a gap, so each
 * threshold is crossed by one of them in a window, on whichever replica (while Redis is away: by one on every replica).
 */
export function crossedBy({ amount, ...reading }: Charged): BudgetWarning[] {
  const before = reading.used > amount ? reading.used - amount : 0n;
  const reached = reachedBy({ ...reading, used: before }).length;
  return reachedBy(reading).slice(reached);
}

/** The highest threshold that any of the budgets has reached, for a response header. */
export function highestWarning(readings: readonly Reading[]): BudgetWarning | undefined {
  const highest = readings.flatMap((reading) => reachedBy(reading).slice(-1));
  return highest.reduce<BudgetWarning | undefined>(
    (best, one) => (best === undefined || one.threshold > best.threshold ? one : best),
    undefined,
  );
}

function reachedBy({ limit, used, start }: Reading): BudgetWarning[] {
  if (limit.unit !== 'cost' || limit.max === null) return [];
  const { level, scope, id: limitId } = limit;
  const max = limit.max * NANO_PER_CENT;
  return WARNING_THRESHOLDS.filter((threshold) => used * 100n >= max * BigInt(threshold)).map((threshold) => ({
    level,
    scope,
    limitId,
    threshold,
    used,
    max,
    windowStart: start,
  }));
}
