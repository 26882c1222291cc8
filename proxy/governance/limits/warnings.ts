import { NANO_PER_CENT } from './amounts.ts';
import type { Charged, Level, LimitScope, Reading } from './types.ts';

export const WARNING_THRESHOLDS = [50, 80, 100] as const;
const LOWEST = BigInt(WARNING_THRESHOLDS[0]);
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
  let best: BudgetWarning | undefined;
  for (const reading of readings) {
    const highest = reachedBy(reading).at(-1);
    if (highest !== undefined && (best === undefined || highest.threshold > best.threshold)) best = highest;
  }
  return best;
}

function reachedBy({ limit, used, start }: Reading): BudgetWarning[] {
  if (limit.unit !== 'cost' || limit.max === null) return [];
  const { level, scope, id: limitId } = limit;
  const max = limit.max * NANO_PER_CENT;
  if (used * 100n < max * LOWEST) return [];
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
