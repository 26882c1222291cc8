import { parseRfc3339 } from '../core/rfc3339.ts';
import { calendarOf, type Calendar } from './days.ts';
import { GROUP_COLUMNS, type GroupColumn } from './ledger.ts';

/** What the client asked for cannot be answered; the message is for it. */
export class UsageQueryError extends Error {
  override readonly name = 'UsageQueryError';
}

export interface ReportQuery {
  readonly groupBy: readonly GroupColumn[];
  readonly from: number;
  readonly to: number;
  readonly calendar: Calendar;
  readonly limit: number;
  readonly offset: number;
}

const DEFAULT_RANGE_MS = 30 * 86_400_000;
export const DEFAULT_LIMIT = 1_000;
export const MOST_ROWS = 100_000;

/**
 * Reads the query of the report; `parameter` gives the text of a parameter, undefined where it was not sent. Throws
 * UsageQueryError for a column, time, zone or number that is none.
 */
export function readReportQuery(parameter: (name: string) => string | undefined, now: number): ReportQuery {
  const to = timeOf('to', parameter('to')) ?? now;
  const monthAgo = now - DEFAULT_RANGE_MS;
  const from = timeOf('from', parameter('from')) ?? (to > monthAgo ? monthAgo : to - DEFAULT_RANGE_MS);
  if (from > to) throw new UsageQueryError('from must not be after to.');
  const zone = parameter('tz') ?? 'UTC';
  const calendar = calendarOf(zone);
  if (calendar === undefined) {
    throw new UsageQueryError('tz must be the name of a time zone, such as Europe/Berlin.');
  }
  return {
    groupBy: columnsOf(parameter('group_by')),
    from,
    to,
    calendar,
    limit: countOf('limit', parameter('limit'), { min: 1, max: MOST_ROWS }) ?? DEFAULT_LIMIT,
    offset: countOf('offset', parameter('offset'), { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0,
  };
}

function columnsOf(text: string | undefined): GroupColumn[] {
  const names = (text ?? '').split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === '') return [];
  const columns = names.map((name) => {
    const column = GROUP_COLUMNS.find((known) => known === name);
    if (column !== undefined) return column;
    throw new UsageQueryError(`group_by may name ${GROUP_COLUMNS.join(', ')}, in a list with commas.`);
  });
  return [...new Set(columns)];
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // The + of a zone that was not encoded arrives as a space.
  const time = parseRfc3339(text.replace(/ (?=\d\d:\d\d$)/, '+'));
  if (time === undefined) {
    throw new UsageQueryError(`${name} must be an RFC 3339 time with a zone, such as 2030-01-31T12:00:00Z.`);
  }
  return time;
}

function countOf(name: string, text: string | undefined, range: { min: number; max: number }): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= range.min && count <= range.max) return count;
  throw new UsageQueryError(`${name} must be a whole number from ${range.min} to ${range.max}.`);
}
