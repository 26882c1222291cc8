/** An amount of money: whole nano-dollars (10⁻⁹ USD). Sums and comparisons never go through floating point. */
export type NanoUsd = bigint;

export const NANO_PER_USD = 1_000_000_000n;

/** An exact decimal number: `units` · 10^−`scale`, `scale` ≥ 0. Prices and terms of a cost are held in it. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };

const DECIMAL = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * The number as it is written in decimal: `0.1` is one tenth. A double is read by the shortest text that stands for it, so
 * a price of a YAML or JSON file means what the file says. Undefined for what is no finite number.
 */
export function parseDecimal(value: number | string): Decimal | undefined {
  const match = DECIMAL.exec(String(value).trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return scale >= 0 ? { units: digits, scale } : { units: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Exact. Throws RangeError for NaN and infinities. */
export function decimalOf(value: number): Decimal {
  const decimal = parseDecimal(value);
  if (decimal === undefined) throw new RangeError(`${value} is no finite number`);
  return decimal;
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: raised(a, scale) + raised(b, scale), scale };
}

function raised({ units, scale }: Decimal, to: number): bigint {
  return scale === to || units === 0n ? units : units * powerOfTen(to - scale);
}

const POWERS: readonly bigint[] = Array.from({ length: 32 }, (_, exponent) => 10n ** BigInt(exponent));

function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** US dollars to whole nano-dollars. What lies between two is rounded once, half up (away from zero). */
export function toNano(usd: Decimal): NanoUsd {
  const shift = usd.scale - 9;
  if (shift <= 0) return usd.units * powerOfTen(-shift);
  const divisor = powerOfTen(shift);
  const magnitude = usd.units < 0n ? -usd.units : usd.units;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return usd.units < 0n ? -rounded : rounded;
}

/** US dollars in the fewest digits that say the amount exactly: `0.00045`, `12`, `-1.5`. */
export function usdText(amount: NanoUsd): string {
  return decimalText(amount, 9);
}

/** Cents, exact to a nano-dollar, whole ones without a fraction: `0.045`, `1200`. */
export function centsText(amount: NanoUsd): string {
  return decimalText(amount, 7);
}

function decimalText(units: bigint, scale: number): string {
  const magnitude = units < 0n ? -units : units;
  const digits = String(magnitude).padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, -scale) : `${digits.slice(0, -scale)}.${fraction}`;
  return units < 0n ? `-${text}` : text;
}

/** Whole nano-dollars of an amount in US dollars; undefined for no number, and where it has more than nine decimals. */
export function parseUsd(value: number | string): NanoUsd | undefined {
  return exactly(value, 9);
}

/** Whole nano-dollars of an amount in cents; undefined for no number, and where it has more than seven decimals. */
export function parseCents(value: number | string): NanoUsd | undefined {
  return exactly(value, 7);
}

function exactly(value: number | string, scale: number): bigint | undefined {
  const decimal = parseDecimal(value);
  if (decimal === undefined) return undefined;
  if (decimal.scale <= scale) return raised(decimal, scale);
  const divisor = 10n ** BigInt(decimal.scale - scale);
  return decimal.units % divisor === 0n ? decimal.units / divisor : undefined;
}

/**
 * A member of a JSON document that JSON.stringify writes with all its digits: a double would lose those of a large amount.
 * `text` is what `usdText` and `centsText` return.
 */
export function jsonNumber(text: string): unknown {
  return RAW.rawJSON(text);
}

const RAW = JSON as unknown as { rawJSON(text: string): unknown };
