import type { JournalEntry } from '../journal/entry.ts';

/** How a client or gateway treated its connections and its unfinished answers. */
export interface ConnectionAccount {
  readonly requests: number;
  /** Answers that are still under way: what stays here after every client has gone is a leak. */
  readonly open: number;
  /** The other side left before the answer was whole. */
  readonly aborted: number;
  /** Output tokens of aborted answers that were not generated any more. */
  readonly undeliveredTokens: number;
  /** Most requests that were under way at the same time. */
  readonly peakConcurrency: number;
  readonly connections: number;
  /** Share of the requests that came on a connection which had carried one before: 0–1. */
  readonly reuse: number;
}

const socketOf = ({ port, connection }: JournalEntry): string => `${port}/${connection}`;

function peak(entries: readonly JournalEntry[]): number {
  const edges = entries.flatMap(({ at, endedAt = Infinity }) => [
    { time: at, change: 1 },
    { time: endedAt, change: -1 },
  ]);
  let under = 0;
  let most = 0;
  // An end comes before a beginning at the same time: one after the other is not at the same time.
  for (const { change } of edges.toSorted((a, b) => a.time - b.time || a.change - b.change)) {
    under += change;
    most = Math.max(most, under);
  }
  return most;
}

export function accountOf(entries: readonly JournalEntry[]): ConnectionAccount {
  const aborted = entries.filter((entry) => entry.aborted);
  const connections = new Set(entries.map(socketOf)).size;
  return {
    requests: entries.length,
    open: entries.filter(({ endedAt }) => endedAt === undefined).length,
    aborted: aborted.length,
    undeliveredTokens: aborted.reduce(
      (sum, { usage, billed }) => sum + (usage?.output ?? 0) - (billed?.output ?? 0),
      0,
    ),
    peakConcurrency: peak(entries),
    connections,
    reuse: entries.length === 0 ? 0 : (entries.length - connections) / entries.length,
  };
}

/** Milliseconds from the moment the client left (epoch milliseconds) to the moment the mock's socket was closed, of each aborted request after it. */
export function abortDelays(entries: readonly JournalEntry[], leftAt: number): readonly number[] {
  return entries.flatMap(({ abortedAt, at }) =>
    abortedAt !== undefined && abortedAt >= leftAt && at <= abortedAt ? [abortedAt - leftAt] : [],
  );
}
