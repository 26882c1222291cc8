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
  | 'hit-redis';

/** One list entry a round. */
export interface Series {
  /** CPU time of the server's process tree, µs per request or stream. */
  readonly cpu: number[];
  /** µs to the first byte of the body, median of the round. */
  readonly first: number[];
  /** µs to the last byte, median and 99th percentile of the round. */
  readonly last: number[];
  readonly slow: number[];
  /** Requests or streams a second, with the load's connections; the load generator may be the limit. */
  readonly rate: number[];
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

export interface Results {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly notes: string[];
  readonly cases: Cases;
  /** Bytes of resident memory per open stream. */
  readonly memory: Partial<Record<ServerName, number>>;
  /** Upstream streams that are still open one second after twenty clients vanished. */
  readonly vanished: Partial<Record<ServerName, number>>;
  readonly follow: { clients: number; upstream: number; cpuPerClient: number };
  /** Resident MiB after each tenth of the mixed requests. */
  readonly drift: { requests: number; residentMiB: number[] };
  /** Milliseconds to the ready line. */
  readonly start: { bare: number[]; bundled: number[] };
  readonly keys: StoredKeys;
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
  results: Results,
  id: CaseId,
  server: ServerName,
  key: keyof Series = 'cpu',
): number | undefined {
  const values = results.cases[id]?.[server]?.[key] ?? [];
  return values.length === 0 ? undefined : median(values);
}
