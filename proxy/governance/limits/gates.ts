import type { ErrorCode } from '../../core/errors.ts';
import { NANO_PER_CENT } from './amounts.ts';
import type { Admission, ClaimReading, LimitScope, Level } from './types.ts';

/** In what administrators write amounts of money, and so what sentences say. */
export type BudgetUnit = 'cents' | 'usd';

export type LimitCode = Extract<
  ErrorCode,
  'token_limited' | 'request_limited' | 'rate_limited' | 'concurrency_limited' | 'budget_exceeded'
>;

/** Why a request is refused. */
export interface Refusal {
  readonly status: 429 | 402;
  readonly code: LimitCode;
  readonly level: Level;
  /** One sentence a limit, with its usage, its amount and its window. No name but that of a model or provider. */
  readonly message: string;
  /** `retry-after`: whole seconds, at least 1, until every window that refuses has ended. Undefined with 402. */
  readonly retryAfterSeconds: number | undefined;
}

/** A slot is free as soon as a request ends, which is not known. */
const SLOT_RETRY_S = 1;

/**
 * The refusal of an admission, by the first gate that fails: rate limits of the levels in their order, then concurrency,
 * then budgets. Undefined when it was granted.
 */
export function refusalOf(admission: Admission, unit: BudgetUnit = 'cents'): Refusal | undefined {
  if (admission.reservation !== undefined) return undefined;
  const blocked = admission.readings.filter((reading) => reading.blocked);
  const rates = blocked.filter(({ limit }) => limit.unit !== 'cost');
  const [slot] = admission.slots.filter((reading) => reading.blocked);
  const [rate] = rates;
  if (rate !== undefined) return rateRefusal(rates, rate.limit.level, admission.now);
  if (slot !== undefined) {
    const { level, max } = slot.slot;
    const message = `The ${level} may run ${plural(BigInt(max), 'request')} at a time; running now: ${slot.used}.`;
    return { status: 429, code: 'concurrency_limited', level, message, retryAfterSeconds: SLOT_RETRY_S };
  }
  return budgetRefusal(blocked, unit);
}

/** Exhausted budgets among the readings, also where they were only watched. */
export function budgetRefusal(readings: readonly ClaimReading[], unit: BudgetUnit): Refusal | undefined {
  const exhausted = readings.find(({ limit, used }) => {
    return limit.unit === 'cost' && limit.max !== null && used >= limit.max * NANO_PER_CENT;
  });
  if (exhausted === undefined) return undefined;
  const { limit, used } = exhausted;
  const amounts = amountsText(used, (limit.max ?? 0n) * NANO_PER_CENT, unit);
  const whose = limit.level === 'monthly' ? 'monthly budget' : `budget of the ${limit.level}${scopeText(limit.scope)}`;
  const message = `BUDGET EXCEEDED: the ${whose} is exceeded: ${amounts} used in the window of ${limit.windowText}.`;
  return { status: 402, code: 'budget_exceeded', level: limit.level, message, retryAfterSeconds: undefined };
}

/** Whole seconds until the window ends, at least 1. */
export function secondsUntil(end: number, now: number): number {
  return Math.max(1, Math.ceil((end - now) / 1_000));
}

function rateRefusal(rates: readonly ClaimReading[], level: Level, now: number): Refusal {
  const own = rates.filter(({ limit }) => limit.level === level);
  const units = new Set(own.map(({ limit }) => limit.unit));
  const single = units.has('tokens') ? 'token_limited' : 'request_limited';
  return {
    status: 429,
    code: units.size > 1 ? 'rate_limited' : single,
    level,
    message: own.map((reading) => rateText(reading, now)).join(' '),
    retryAfterSeconds: Math.max(...rates.map(({ end }) => secondsUntil(end, now))),
  };
}

function rateText({ limit, used, end }: ClaimReading, now: number): string {
  const what = limit.unit === 'tokens' ? 'token' : 'request';
  const scope = scopeText(limit.scope);
  const opens = plural(BigInt(secondsUntil(end, now)), 'second');
  return `The ${what} limit of the ${limit.level}${scope} is reached: ${used} of ${plural(limit.max ?? 0n, what)} used in the window of ${limit.windowText}, which ends in ${opens}.`;
}

function scopeText(scope: LimitScope): string {
  return scope === null ? '' : ` for the ${scope.kind} ${scope.name}`;
}

function plural(count: bigint, word: string): string {
  return `${count} ${word}${count === 1n ? '' : 's'}`;
}

function amountsText(used: bigint, max: bigint, unit: BudgetUnit): string {
  return unit === 'cents'
    ? `${decimal(used, 7)} of ${decimal(max, 7)} cents`
    : `${decimal(used, 9)} of ${decimal(max, 9)} USD`;
}

/** `amount` divided by ten to the power of `digits`, in the fewest digits that are exact. */
function decimal(amount: bigint, digits: number): string {
  const all = String(amount).padStart(digits + 1, '0');
  const fraction = all.slice(-digits).replace(/0+$/, '');
  return `${all.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`}`;
}
