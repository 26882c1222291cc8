import type { Json } from '../core/json.ts';

/** In what administrators write and read amounts of money. */
export type BudgetUnit = 'cents' | 'usd';

/** The largest amount: a signed integer of 64 bits. */
export const MAX_AMOUNT = 2n ** 63n - 1n;
const NANO_PER_CENT_DIGITS = 7;
const CENT_DIGITS = 2;

interface RawJson {
  rawJSON(text: string): Json;
}

/** A number of JSON that a double cannot hold is written digit by digit. */
const raw = JSON as unknown as RawJson;

/**
 * A limit as whole cents, from a number of JSON (a bigint where it has more digits than a double holds). Undefined for a
 * fraction of a cent, a negative amount, and more than 64 bits.
 */
export function centsOf(value: number | bigint, unit: BudgetUnit): bigint | undefined {
  // JavaScript clients cannot write 2^63 - 1 cents: their next number is 2^63, spelled 9223372036854776000.
  if (Number(value) === (unit === 'cents' ? 2 ** 63 : 2 ** 63 / 100)) return MAX_AMOUNT;
  const cents = unit === 'cents' ? wholeOf(value) : hundredfold(value);
  return cents === undefined || cents < 0n || cents > MAX_AMOUNT ? undefined : cents;
}

export function wholeOf(value: number | bigint): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value) : undefined;
}

function hundredfold(value: number | bigint): bigint | undefined {
  const whole = wholeOf(value);
  if (whole !== undefined) return whole * 100n;
  const match = /^(-?\d+)\.(\d{1,2})$/.exec(String(value));
  return match === null ? undefined : BigInt(`${match[1]}${(match[2] ?? '').padEnd(CENT_DIGITS, '0')}`);
}

/** A limit as clients see it. */
export function limitView(cents: bigint, unit: BudgetUnit): Json {
  return decimal(cents, unit === 'cents' ? 0 : CENT_DIGITS);
}

/** Usage, in nano-USD, as clients see it: exact, integers without a fraction. */
export function usageView(nano: bigint, unit: BudgetUnit): Json {
  return decimal(nano, unit === 'cents' ? NANO_PER_CENT_DIGITS : NANO_PER_CENT_DIGITS + CENT_DIGITS);
}

export function countView(count: bigint): Json {
  return decimal(count, 0);
}

/** `value` divided by ten to the power of `digits`, as a number of JSON with all its digits. */
function decimal(value: bigint, digits: number): Json {
  const sign = value < 0n ? '-' : '';
  const all = String(value < 0n ? -value : value).padStart(digits + 1, '0');
  const fraction = all.slice(all.length - digits).replace(/0+$/, '');
  const whole = all.slice(0, all.length - digits);
  const text = `${sign}${whole}${digits === 0 || fraction === '' ? '' : `.${fraction}`}`;
  return String(Number(text)) === text ? Number(text) : raw.rawJSON(text);
}

/** For JSON.parse: an integer that a double cannot hold becomes a bigint. */
export function exactIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d{1,30}$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value;
}
