import { readFileSync } from 'node:fs';
import { type CaseId, median, type Results } from '../results.ts';
import type { ServerName } from '../servers.ts';

/** What `run.ts --measure` has measured: the rows that `npm run bench` lacks. */
export interface PlanRows {
  readonly at: string;
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

/** What the plan is made of: figures that were measured on the product. */
export interface Rows {
  /** CPU time of a process in µs. */
  readonly missMicros: number;
  readonly streamMicros: number;
  readonly memoryHitMicros: number;
  readonly redisHitMicros: number;
  /** Resident memory of an open stream. */
  readonly streamBytes: number;
  readonly more: PlanRows;
}

const folder = new URL('../results/', import.meta.url);
export const PLAN_ROWS = new URL('plan-rows.json', folder);

export function readResults(): Results {
  return JSON.parse(readFileSync(new URL('latest.json', folder), 'utf8')) as Results;
}

export function readRows(results: Results = readResults()): Rows {
  return {
    missMicros: cpuOf(results, 'record-small'),
    streamMicros: cpuOf(results, 'stream-paced'),
    memoryHitMicros: cpuOf(results, 'hit-small'),
    redisHitMicros: cpuOf(results, 'hit-redis', 'llmproxy-redis'),
    streamBytes: results.memory.llmproxy ?? Number.NaN,
    more: JSON.parse(readFileSync(PLAN_ROWS, 'utf8')) as PlanRows,
  };
}

function cpuOf(results: Results, id: CaseId, server: ServerName = 'llmproxy'): number {
  return median(results.cases[id]?.[server]?.cpu ?? []);
}

/** A row of the benchmark, and what the plan says of it: requests a second of one process that does nothing else. */
export interface Checked {
  readonly id: CaseId;
  readonly predicted: number;
  readonly measured: number;
}

const CHECKED: readonly [CaseId, ServerName][] = [
  ['pass-small', 'llmproxy'],
  ['record-small', 'llmproxy'],
  ['pass-large', 'llmproxy'],
  ['hit-small', 'llmproxy'],
  ['hit-medium', 'llmproxy'],
  ['hit-large', 'llmproxy'],
  ['hit-stream', 'llmproxy'],
  ['hit-redis', 'llmproxy-redis'],
];

/** The plan divides a core by CPU time a request: beside that, the rate at which each row was really served. */
export function checkedRows(results: Results = readResults()): Checked[] {
  return CHECKED.map(([id, server]) => ({
    id,
    predicted: 1e6 / cpuOf(results, id, server),
    measured: median(results.cases[id]?.[server]?.rate ?? []),
  }));
}
