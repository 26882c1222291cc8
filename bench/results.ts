import type { FigureId } from './figures/ids.ts';
import type { ServerName } from './servers.ts';

export type CaseId =
  | 'pass-small'
  | 'record-small'
  | 'pass-large'
  | 'stream-paced'
  | 'stream-messages'
  | 'chat-to-messages'
  | 'messages-to-chat'
  | 'first-event'
  | 'hit-small'
  | 'hit-medium'
  | 'hit-large'
  | 'hit-stream'
  | 'hit-1mb'
  | 'hit-1mb-stream'
  | 'rate-small'
  | 'rate-large'
  | 'rate-hit'
  | 'rate-hit-large'
  | 'endpoints-200'
  | 'workers-2';

/** One list entry a round. */
export interface Series {
  /** CPU time of the server's process tree, µs per request or stream. */
  readonly cpu: number[];
  /** µs to the first byte of the body: median of the round, and 99th percentile. */
  readonly first: number[];
  readonly firstSlow: number[];
  /** µs to the last byte, median and 99th percentile of the round. */
  readonly last: number[];
  readonly slow: number[];
  /** Requests or streams a second, with the load's connections; the load generator may be the limit. */
  readonly rate: number[];
}

export function emptySeries(): Series {
  return { cpu: [], first: [], firstSlow: [], last: [], slow: [], rate: [] };
}

/** A proxy whose database holds many keys and teams. */
export interface StoredKeys {
  readonly keys: number;
  readonly teams: number;
  /** Milliseconds from start to ready line, with all keys in memory, and with none. */
  readonly startMs: number[];
  readonly emptyStartMs: number[];
  /** Resident memory when it is ready, and what of it such a proxy without keys has. */
  readonly residentMiB: number;
  readonly emptyMiB: number;
  /** Milliseconds of the list of all teams, over HTTP. */
  readonly listMs: number[];
}

export type Cases = Partial<Record<CaseId, Partial<Record<ServerName, Series>>>>;

/** A row that has no number. `error`: it was run and what it did makes the number worthless. `skipped`: it was not run. */
export interface Gap {
  readonly kind: 'skipped' | 'error';
  /** A case with its server (`hit-small nginx`), a case, a server, or a figure. */
  readonly what: string;
  readonly reason: string;
}

export interface Results {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly notes: string[];
  readonly gaps: Gap[];
  /** Rows (`hit-small nginx`) whose warm-up ended without two windows that agreed. */
  readonly unsteady: string[];
  /** Rounds that each case was asked for, and what the whole run took. */
  readonly rounds: number;
  minutes: number;
  readonly cases: Cases;
  /** What is no loop of equal requests: one list entry a try. */
  readonly figures: Partial<Record<FigureId, number[]>>;
  /** Bytes of resident memory per open stream. */
  readonly memory: Partial<Record<ServerName, number>>;
  /** Upstream streams that are still open one second after twenty clients vanished. */
  readonly vanished: Partial<Record<ServerName, number>>;
  /** Resident MiB after each tenth of the mixed requests. */
  drift: { requests: number; residentMiB: number[] };
  keys: StoredKeys;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Median over the rounds, or undefined when the server or the figure was not to be had. */
export function figure(
  results: Pick<Results, 'cases'>,
  id: CaseId,
  server: ServerName,
  key: keyof Series = 'cpu',
): number | undefined {
  const values = results.cases[id]?.[server]?.[key] ?? [];
  return values.length === 0 ? undefined : median(values);
}

/** Why there is no number: of `case server`, else of the case, else of the server. */
export function reasonFor({ gaps }: Pick<Results, 'gaps'>, ...names: readonly string[]): string {
  const whats = names.length > 1 ? [names.join(' '), ...names] : names;
  const gap = whats.map((what) => gaps.find((one) => one.what === what)).find((one) => one !== undefined);
  if (gap === undefined) return 'not run';
  return gap.kind === 'error' ? `error: ${gap.reason}` : gap.reason;
}
