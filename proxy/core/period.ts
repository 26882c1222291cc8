/** Nanoseconds of each unit. `M` is a month of 30 days and `Y` a year of 365; `m` is a minute. */
const UNITS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  M: 2_592_000_000_000_000n,
  Y: 31_536_000_000_000_000n,
} as const;
const UNIT = 'ns|us|µs|ms|[smhdwMY]';
/** What a period looks like: digits on one side of a point are enough, and not all of them are zero. */
export const PERIOD_PATTERN = String.raw`^(?=.*[1-9])(?:(?=\.?\d)\d{0,18}(?:\.\d{0,18})?(?:${UNIT}))+$`;
const WHOLE = new RegExp(PERIOD_PATTERN);
const PART = new RegExp(String.raw`(?=\.?\d)(\d{0,18})(?:\.(\d{0,18}))?(${UNIT})`, 'g');
const MAX_LENGTH = 100;
/** Longest period in milliseconds, some 31,000 years: times in it stay exact in a double. */
const MAX_MS = 1_000_000_000_000_000n;
const NS_PER_MS = 1_000_000n;

/**
 * Reads the length of a budget's or rate limit's window: `30s`, `1.5h`, `1h30m`, `2w`, `1M`, `1Y`.
 * Returns whole milliseconds, rounded up and so at least 1; undefined for what is empty, unknown, zero, negative or longer
 * than 10^15 ms.
 */
export function parsePeriod(text: string): number | undefined {
  if (text.length > MAX_LENGTH || !WHOLE.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit] of text.matchAll(PART)) total += nanoseconds(whole, fraction, unit);
  const ms = (total + NS_PER_MS - 1n) / NS_PER_MS;
  return total > 0n && ms <= MAX_MS ? Number(ms) : undefined;
}

/** What is finer than a nanosecond is rounded up, so that it is not zero. */
function nanoseconds(whole: string, fraction: string, unit: string | undefined): bigint {
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * UNITS[unit as keyof typeof UNITS];
  return (scaled + scale - 1n) / scale;
}
