import { jsonNumber, usdText } from '../core/money.ts';
import { UsageQueryError, type ReportQuery } from './report-query.ts';
import type { DaySpan, GroupColumn, LedgerStore, UsageGroup, UsageSums } from './ledger.ts';

/** What things are called that rows know by their ids. */
export type NamedColumn = 'key' | 'user' | 'team' | 'customer';
/** Names by ids; what was deleted has none. */
export type NameLookup = (column: NamedColumn, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** A row as it is shown: texts, and numbers with all their digits. */
type Cell = { readonly text: string | null } | { readonly number: string };
export type ReportRow = readonly (readonly [column: string, cell: Cell])[];

export interface UsageReport {
  /** Of rows, also where there is none. */
  readonly columns: readonly string[];
  readonly rows: readonly ReportRow[];
  readonly totals: ReportRow;
  /** RFC 3339 */
  readonly from: string;
  readonly to: string;
  /** All rows, not only those of the page. */
  readonly count: number;
}

const NAMED: Readonly<Record<NamedColumn, string>> = {
  key: 'virtual_key',
  user: 'user',
  team: 'team',
  customer: 'customer',
};
/** Ten years. */
const MOST_DAYS = 3_660;

/** Throws UsageQueryError where rows by day would be of more than ten years. */
export async function usageReport(
  query: ReportQuery,
  ledger: Pick<LedgerStore, 'usage' | 'extent'>,
  namesOf: NameLookup,
): Promise<UsageReport> {
  const { calendar: _, ...asked } = query;
  const days = query.groupBy.includes('day') ? await daysOf(query, ledger) : [];
  const { groups, totals, count } = await ledger.usage({ ...asked, days });
  const names = await lookUp(query.groupBy, groups, namesOf);
  return {
    columns: [...query.groupBy.flatMap(columnNames), ...sumCells(totals).map(([column]) => column)],
    rows: groups.map(({ values, sums }) => [
      ...query.groupBy.flatMap((column, index) => groupCells(column, values[index] ?? null, names)),
      ...sumCells(sums),
    ]),
    totals: sumCells(totals),
    from: new Date(query.from).toISOString(),
    to: new Date(query.to).toISOString(),
    count,
  };
}

/** Days without any row are left out, so that a long range costs no more than the rows that lie in it. */
async function daysOf(
  { from, to, calendar }: ReportQuery,
  ledger: Pick<LedgerStore, 'extent'>,
): Promise<readonly DaySpan[]> {
  const extent = await ledger.extent();
  if (extent === undefined) return [];
  // Rows that come from now on are in the totals as well: the end is that of the question, or a day after the last row.
  const end = Math.min(to, Math.max(extent.last, from) + 86_400_000);
  const days = calendar.daysBetween(Math.max(from, extent.first), end, MOST_DAYS);
  if (days === undefined) throw new UsageQueryError('Rows by day are of ten years at most; ask for less.');
  return days;
}

type Names = ReadonlyMap<NamedColumn, ReadonlyMap<string, string>>;

async function lookUp(
  groupBy: readonly GroupColumn[],
  groups: readonly UsageGroup[],
  namesOf: NameLookup,
): Promise<Names> {
  const lookups = groupBy.flatMap((column, index) => {
    if (!isNamed(column)) return [];
    const ids = new Set(groups.flatMap(({ values }) => values[index] ?? []));
    return [namesOf(column, [...ids]).then((names) => [column, names] as const)];
  });
  return new Map(await Promise.all(lookups));
}

function isNamed(column: GroupColumn): column is NamedColumn {
  return column in NAMED;
}

function columnNames(column: GroupColumn): string[] {
  return isNamed(column) ? [`${NAMED[column]}_id`, `${NAMED[column]}_name`] : [column];
}

function groupCells(column: GroupColumn, value: string | null, names: Names): ReportRow {
  if (!isNamed(column)) return [[column, { text: value }]];
  const name = value === null ? null : (names.get(column)?.get(value) ?? null);
  return [
    [`${NAMED[column]}_id`, { text: value }],
    [`${NAMED[column]}_name`, { text: name }],
  ];
}

function sumCells(sums: UsageSums): ReportRow {
  const cells: [string, string][] = [
    ['requests', String(sums.requests)],
    ['cached_requests', String(sums.cachedRequests)],
    ['errors', String(sums.errors)],
    ['input_tokens', String(sums.inputTokens)],
    ['cached_tokens', String(sums.cachedTokens)],
    ['output_tokens', String(sums.outputTokens)],
    ['cost_usd', usdText(sums.cost)],
    ['saved_by_cache_usd', usdText(sums.savedByCache)],
    ['saved_by_routing_usd', usdText(sums.savedByRouting)],
    ['unpriced_requests', String(sums.unpricedRequests)],
  ];
  return cells.map(([column, number]) => [column, { number }]);
}

/** The body of the answer, as JSON text: amounts keep digits that a double would lose. */
export function reportJson({ rows, totals, from, to, count }: UsageReport): string {
  return JSON.stringify({ rows: rows.map(jsonRow), totals: jsonRow(totals), from, to, count });
}

function jsonRow(row: ReportRow): Record<string, unknown> {
  return Object.fromEntries(
    row.map(([column, cell]) => [column, 'number' in cell ? jsonNumber(cell.number) : cell.text]),
  );
}

/** RFC 4180 with a header line. Null is an empty cell. */
export function reportCsv({ columns, rows }: UsageReport): string {
  const lines = rows.map((row) => row.map(([, cell]) => ('number' in cell ? cell.number : textCell(cell.text))));
  return [columns.map(textCell), ...lines].map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is made text by an apostrophe. */
function textCell(text: string | null): string {
  const plain = text === null ? '' : text.replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
