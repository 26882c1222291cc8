import { readFileSync } from 'node:fs';
import { type CaseId, median, type Results } from '../results.ts';
import type { ServerName } from '../servers.ts';

const folder = new URL('../results/', import.meta.url);
export const PLAN_ROWS = new URL('plan-rows.json', folder);

/** What `run.ts --measure` has measured: the rows that `npm run bench` lacks. */
export interface MeasuredRows {
  /** CPU time of Redis, in µs: a lookup (MGET of two tokens and an entry), and a script that stores one; one by one. */
  readonly lookupMicros: number;
  readonly storeMicros: number;
  /** Memory of Redis for one entry of an answer of `answerBytes`, in bytes. */
  readonly entryBytes: number;
  readonly answerBytes: number;
  /** Resident memory of a proxy that has served nothing, in MB. */
  readonly idleMb: number;
  /** Resident memory that a byte of `cache.memory` takes once it is full of such answers. */
  readonly residentPerCacheByte: number;
}

/** A row of the plan. */
export type RowId =
  | Extract<
      CaseId,
      | 'pass-small'
      | 'record-small'
      | 'pass-large'
      | 'stream-paced'
      | 'hit-small'
      | 'hit-medium'
      | 'hit-large'
      | 'hit-stream'
    >
  | 'hit-redis';

/** Rows of `npm run bench`, as they stood in `latest.json` when the others were measured. */
export interface BenchRows {
  /** When the benchmark ran. */
  readonly at: string;
  readonly cases: Readonly<Partial<Record<RowId, BenchRow>>>;
  /** Resident memory of an open stream, in bytes. */
  readonly streamBytes: number;
}

export interface BenchRow {
  /** CPU time of a request, in µs. */
  readonly micros: number;
  /** Requests that one process served in a second. */
  readonly rate: number;
}

/** What the plan is made of: figures that were measured on the product. */
export interface Rows extends MeasuredRows {
  readonly at: string;
  readonly bench: BenchRows;
}

const CASES: readonly [RowId, ServerName, CaseId?][] = [
  ['pass-small', 'llmproxy'],
  ['record-small', 'llmproxy'],
  ['pass-large', 'llmproxy'],
  ['stream-paced', 'llmproxy'],
  ['hit-small', 'llmproxy'],
  ['hit-medium', 'llmproxy'],
  ['hit-large', 'llmproxy'],
  ['hit-stream', 'llmproxy'],
  ['hit-redis', 'llmproxy-redis', 'hit-small'],
];

export function readRows(): Rows {
  return JSON.parse(readFileSync(PLAN_ROWS, 'utf8')) as Rows;
}

/** The rows of the last `npm run bench` that the plan needs. */
export function benchRows(): BenchRows {
  const results = JSON.parse(readFileSync(new URL('latest.json', folder), 'utf8')) as Results;
  const cases = CASES.map(([id, server, from]): [RowId, BenchRow] => {
    const series = results.cases[from ?? (id as CaseId)]?.[server];
    return [id, { micros: median(series?.cpu ?? []), rate: median(series?.rate ?? []) }];
  });
  return { at: results.at, cases: Object.fromEntries(cases), streamBytes: results.memory.llmproxy ?? Number.NaN };
}

/** A row of the benchmark, and what the plan says of it: requests a second of one process that does nothing else. */
export interface Checked {
  readonly id: string;
  readonly predicted: number;
  readonly measured: number;
}

/** The plan divides a core by CPU time a request: beside that, the rate at which each row was really served. */
export function checkedRows({ bench }: Rows): Checked[] {
  // Streams are paced by their upstream: their rate says nothing about the core.
  return Object.entries(bench.cases)
    .filter(([id]) => id !== 'stream-paced')
    .map(([id, { micros, rate }]) => ({ id, predicted: 1e6 / micros, measured: rate }));
}
