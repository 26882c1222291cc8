import type { Json } from '../../core/json.ts';
import type { ExchangeDetail, ExchangeRow, ExchangesPart } from '../../telemetry/journal/views.ts';

/** Exchanges of one answer, and of the first event. */
export const MOST_ROWS = 200;
/** Of each later one: more than a reader follows, and few beside what the requests themselves cost. */
export const MOST_NEWS = 50;

/** A number of the journal by the name of its process. */
export type Numbers = Readonly<Record<string, number>>;

/** `GET /api/admin/exchanges`. */
export interface ExchangePage {
  readonly exchanges: readonly ExchangeRow[];
  /** To be given as `cursor` for older ones; null = there are none. */
  readonly next: string | null;
  /** Whether bodies are kept (`admin.capture`). */
  readonly capture: boolean;
}

/** One event of `GET /api/admin/exchanges/events`. */
export interface ExchangeNews {
  /** Newest first. */
  readonly exchanges: readonly ExchangeRow[];
  /** More than `exchanges` that ended since the event before, and were too many to be sent. */
  readonly skipped: number;
  readonly capture: boolean;
}

/** `GET /api/admin/exchanges/ID`. */
export interface ExchangeAnswer extends ExchangeDetail {
  /** Further exchanges with its id, which a client may use again. */
  readonly others: readonly Pick<ExchangeRow, 'entry' | 'at' | 'status'>[];
  readonly capture: boolean;
}

interface Placed {
  readonly process: string;
  readonly no: number;
  readonly row: ExchangeRow;
}

/** The newest `limit` of all processes, by the time at which they ended. */
export function pageOf(answers: readonly Json[], limit: number, before: Numbers): ExchangePage {
  const parts = answers as unknown as readonly ExchangesPart[];
  const { shown, left } = merged(parts, limit);
  const next: Record<string, number> = { ...before };
  for (const { process, next: end } of parts) next[process] ??= end;
  for (const { process, no } of shown) next[process] = Math.min(next[process] ?? no, no);
  const hasMore = left > 0 || parts.some(({ more }) => more);
  return {
    exchanges: shown.map(({ row }) => row),
    next: hasMore ? cursorOf(next) : null,
    capture: parts.some(({ capture }) => capture),
  };
}

/** What has ended since the numbers of `after`, and the numbers for the next time. The first time nothing counts as skipped. */
export function newsOf(
  answers: readonly Json[],
  after: Numbers,
): { readonly news: ExchangeNews; readonly next: Numbers } {
  const parts = answers as unknown as readonly ExchangesPart[];
  const isFirst = Object.keys(after).length === 0;
  const { shown, left } = merged(parts, isFirst ? MOST_ROWS : MOST_NEWS);
  return {
    news: {
      exchanges: shown.map(({ row }) => row),
      skipped: isFirst ? 0 : left + parts.reduce((sum, { skipped }) => sum + skipped, 0),
      capture: parts.some(({ capture }) => capture),
    },
    next: { ...after, ...Object.fromEntries(parts.map(({ process, next }) => [process, next])) },
  };
}

/** Older ones than these numbers. */
export function cursorOf(numbers: Numbers): string {
  return Buffer.from(JSON.stringify(numbers)).toString('base64url');
}

function merged(
  parts: readonly ExchangesPart[],
  limit: number,
): { readonly shown: readonly Placed[]; readonly left: number } {
  const placed = parts.flatMap(({ process, rows }) => rows.map(([no, row]) => ({ process, no, row })));
  const sorted = placed.toSorted((a, b) => b.row.at + b.row.ms - (a.row.at + a.row.ms));
  return { shown: sorted.slice(0, limit), left: Math.max(0, sorted.length - limit) };
}
