import type { FigureId } from './figures/ids.ts';
import { figure, median, reasonFor, type CaseId, type Results, type Series } from './results.ts';
import type { ServerName } from './servers.ts';

/** A measured number, or why there is none. */
export type Reading = number | { readonly why: string };

/** One comparison of a target row. `met` is undefined where there is nothing to compare; then `why` says it. */
export interface Check {
  readonly text: string;
  readonly value: string;
  readonly met: boolean | undefined;
  readonly why?: string;
}

export function atMost(text: string, reading: Reading, limit: number, unit = ''): Check {
  return check(`${text} ≤ ${limit}${unit}`, reading, unit, (value) => value <= limit);
}

export function atLeast(text: string, reading: Reading, limit: number, unit = ''): Check {
  return check(`${text} ≥ ${limit}${unit}`, reading, unit, (value) => value >= limit);
}

function check(text: string, reading: Reading, unit: string, isMet: (value: number) => boolean): Check {
  if (typeof reading !== 'number') return { text, value: '–', met: undefined, why: reading.why };
  if (Number.isNaN(reading)) return { text, value: '–', met: undefined, why: 'not run' };
  return { text, value: `${reading.toFixed(Math.abs(reading) >= 100 ? 0 : 2)}${unit}`, met: isMet(reading) };
}

/** In words: met, missed, or why there is nothing to compare. */
export function verdict({ met, why = 'not run' }: Check): string {
  if (met === undefined) return why.startsWith('error: ') ? why : `skipped: ${why}`;
  return met ? 'met' : 'missed';
}

export function known(value: number | undefined, why = 'not run'): Reading {
  return value ?? { why };
}

/** Median over the rounds of a case. */
export function read(results: Results, id: CaseId, server: ServerName, key: keyof Series = 'cpu'): Reading {
  return known(figure(results, id, server, key), reasonFor(results, id, server));
}

/** Median over the tries of a figure. */
export function readFigure(results: Results, id: FigureId): Reading {
  const values = results.figures[id] ?? [];
  return values.length === 0 ? { why: reasonFor(results, id) } : median(values);
}

function both(a: Reading, b: Reading, of: (a: number, b: number) => number): Reading {
  if (typeof a !== 'number') return a;
  return typeof b === 'number' ? of(a, b) : b;
}

export function over(a: Reading, b: Reading): Reading {
  return both(a, b, (top, bottom) => top / bottom);
}

export function minus(a: Reading, b: Reading): Reading {
  return both(a, b, (from, less) => from - less);
}

/** Of microseconds. */
export function milliseconds(reading: Reading): Reading {
  return typeof reading === 'number' ? reading / 1_000 : reading;
}
