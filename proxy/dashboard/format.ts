/** Numbers, money and times as all pages show them. Null and undefined are shown as a dash. */

const DASH = '–';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

type Maybe = number | null | undefined;

export function count(value: Maybe): string {
  if (value == null) return DASH;
  return Math.abs(value) < 100_000 ? whole.format(value) : compact.format(value);
}

export function rate(value: Maybe): string {
  if (value == null) return DASH;
  return value < 10 ? value.toFixed(1) : count(value);
}

/** A share from 0 to 1. */
export function percent(share: Maybe): string {
  return share == null || Number.isNaN(share) ? DASH : `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

export function ms(value: Maybe): string {
  if (value == null) return DASH;
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

/** US dollars. */
export function money(usd: Maybe): string {
  if (usd == null) return DASH;
  if (usd === 0) return '$0';
  return `$${usd.toFixed(Math.abs(usd) < 0.01 ? 6 : Math.abs(usd) < 1 ? 4 : 2)}`;
}

export function bytes(value: Maybe): string {
  if (value == null) return DASH;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let size = value;
  while (size >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

export function seconds(value: Maybe): string {
  if (value == null) return DASH;
  if (value < 120) return `${Math.round(value)} s`;
  if (value < 7_200) return `${Math.round(value / 60)} min`;
  return value < 172_800 ? `${Math.round(value / 3_600)} h` : `${Math.round(value / 86_400)} d`;
}

/** Time of day of a moment, in the time zone of the browser. Milliseconds since 1970 or ISO 8601. */
export function clockTime(at: number | string | null | undefined): string {
  return at == null ? DASH : new Date(at).toLocaleTimeString('en-GB');
}

/** Day and time of a moment. */
export function moment(at: number | string | null | undefined): string {
  return at == null ? DASH : `${new Date(at).toLocaleDateString('sv-SE')} ${clockTime(at)}`;
}

/** A text as one argument of a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
