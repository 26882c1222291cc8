/** Milliseconds of a unit. A month is 30 days and a year 365: fixed windows, not those of a calendar. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  Y: 365 * 86_400_000,
};

const MAX_TEXT = 64;
const AMOUNT = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
const UNIT = '(?:ns|us|µs|ms|[smhdwMY])';
const WHOLE = new RegExp(`^(?:${AMOUNT}${UNIT})+$`);

/**
 * Reads the duration of a window: `30s`, `1h30m`, `1.5d`, `1M` (a month; `m` is a minute). Returns milliseconds, with a
 * fraction where it has one; undefined for what is no duration, and for zero.
 */
export function windowMilliseconds(text: string): number | undefined {
  if (text.length > MAX_TEXT || !WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(new RegExp(`(${AMOUNT})(${UNIT})`, 'g'))) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(total) && total > 0 ? total : undefined;
}
