import { aligned, cellText } from './text-table.ts';

/** A report as the route answers it, its numbers as they were written. */
export interface PrintedReport {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly totals: Readonly<Record<string, string | null>>;
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Reads the answer of the route; undefined for anything else. Numbers stay text: a double would lose digits of amounts. */
export function parseReport(text: string): PrintedReport | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { rows, totals, from, to, count } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(rows) || !rows.every(isRow) || !isRow(totals)) return undefined;
  if (typeof from !== 'string' || typeof to !== 'string' || typeof count !== 'string') return undefined;
  return { rows, totals, from, to, count: Number(count) };
}

function isRow(value: unknown): value is Readonly<Record<string, string | null>> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((cell) => cell === null || typeof cell === 'string');
}

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;

function parsed(text: string): unknown {
  const keepNumbers: Reviver = (_name, value, { source }) => (typeof value === 'number' ? source : value);
  try {
    return JSON.parse(text, keepNumbers as (name: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** A table for people: a line for each row and one for the totals, numbers to the right. */
export function usageTable({ rows, totals, from, to, count }: PrintedReport): string {
  const sums = Object.keys(totals);
  const groups = Object.keys(rows[0] ?? {}).filter((column) => !sums.includes(column));
  // A name says more than its id, which stands in its place where there is no name.
  const shown = groups.filter((column) => !column.endsWith('_id') || !groups.includes(nameOf(column)));
  const lines = rows.map((row) => [
    ...shown.map((column) => cellText(row[column] ?? row[idOf(column)] ?? null)),
    ...sums.map((column) => cellText(row[column] ?? null)),
  ]);
  const total = [
    ...shown.map((_, index) => (index === 0 ? 'total' : '')),
    ...sums.map((one) => cellText(totals[one] ?? null)),
  ];
  const table = [[...shown, ...sums], ...lines, ...(shown.length === 0 ? [] : [total])];
  const range = `${from} to ${to}`;
  const part = count > rows.length ? `, ${rows.length} of ${count} rows` : '';
  return `${range}${part}\n\n${aligned(table, (cell, column) => column >= shown.length || NUMBER.test(cell))}`;
}

function nameOf(column: string): string {
  return column.replace(/_id$/, '_name');
}

function idOf(column: string): string {
  return column.replace(/_name$/, '_id');
}
