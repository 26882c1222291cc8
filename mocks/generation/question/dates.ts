import type { Span } from './spans.ts';
import { spansOf } from './spans.ts';

/** Dates that name no year, and days such as `tomorrow`, are counted from here: answers depend on the prompt alone. */
const BASE = { year: 2026, month: 1, day: 15 };
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const OFFSETS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tonight: 0, tomorrow: 1 };

const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const DATES = new RegExp(
  [
    String.raw`\b\d{4}-\d{2}-\d{2}\b`,
    String.raw`\b${MONTH}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?\b`,
    String.raw`\b\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH}(?:,? \d{4})?\b`,
    String.raw`\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b`,
    String.raw`\b(?:(?:next|this) )?(?:${WEEKDAYS.join('|')})\b`,
    String.raw`\b(?:today|tonight|tomorrow|yesterday)\b`,
  ].join('|'),
  'gi',
);
const TIMES =
  /\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\b)?|\b(?:1[0-2]|[1-9]) ?[ap]m\b|\b(?:noon|midnight)\b/gi;
const MOMENTS = /\b\d{4}-\d{2}-\d{2}[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?/g;

export const datesIn = (text: string): readonly Span[] => spansOf(text, DATES);

export const timesIn = (text: string): readonly Span[] => spansOf(text, TIMES);

export const momentsIn = (text: string): readonly Span[] => spansOf(text, MOMENTS);

const two = (value: number): string => String(value).padStart(2, '0');

function isoOf(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}` : undefined;
}

function daysLater(days: number): string {
  return new Date(Date.UTC(BASE.year, BASE.month - 1, BASE.day + days)).toISOString().slice(0, 10);
}

function namedDay(lower: string): string | undefined {
  const offset = OFFSETS[lower];
  if (offset !== undefined) return daysLater(offset);
  const weekday = WEEKDAYS.findIndex((name) => lower.endsWith(name));
  if (weekday === -1) return undefined;
  const from = new Date(Date.UTC(BASE.year, BASE.month - 1, BASE.day)).getUTCDay();
  return daysLater((weekday - from + 7) % 7 || 7);
}

/** A date as people write it, as `YYYY-MM-DD`; undefined for days that do not exist. */
export function isoDate(written: string): string | undefined {
  const lower = written.toLowerCase();
  const named = namedDay(lower);
  if (named !== undefined) return named;
  const numbers = (lower.match(/\d+/g) ?? []).map(Number);
  const [first = 0, second = 0, third = 0] = numbers;
  if (/^\d{4}-/.test(lower)) return isoOf(first, second, third);
  const month = MONTHS.findIndex((name) => new RegExp(`\\b${name}`).test(lower)) + 1;
  if (month > 0) return isoOf(numbers[1] ?? BASE.year, month, first);
  // Where it cannot be told apart the month comes first, as in the provider's own country.
  return isoOf(third, first, second) ?? isoOf(third, second, first);
}

/** A time as people write it, as `HH:MM:SS`. */
export function isoTime(written: string): string | undefined {
  const lower = written.toLowerCase();
  if (lower === 'noon') return '12:00:00';
  if (lower === 'midnight') return '00:00:00';
  const [hours = 0, minutes = 0, seconds = 0] = (lower.match(/\d+/g) ?? []).map(Number);
  const twelve = /[ap]\.?m/.test(lower);
  if (twelve && hours > 12) return undefined;
  const hour = twelve ? (hours % 12) + (lower.includes('p') ? 12 : 0) : hours;
  return `${two(hour)}:${two(minutes)}:${two(seconds)}`;
}

/** A point in time as RFC 3339 writes it; undefined for one that does not exist. */
export function isoMoment(written: string): string | undefined {
  const [, date = '', time = '', zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(.*)$/.exec(written) ?? [];
  const moment = `${date}T${time.length === 5 ? `${time}:00` : time}${zone || 'Z'}`;
  return isoDate(date) === date && Number.isFinite(Date.parse(moment)) ? moment : undefined;
}
