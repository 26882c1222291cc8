/** What became of the requests of a run. */
export interface WarmCounts {
  /** Were in the cache already. */
  readonly hits: number;
  /** Were answered by an endpoint and may be in the cache now. */
  readonly misses: number;
  /** Were answered past the cache: it is off for them. */
  readonly uncached: number;
  readonly failures: number;
}

/** Which of them an answer counts as. */
export function kindOf(status: number, cache: string | null): keyof WarmCounts {
  if (status !== 200) return 'failures';
  if (cache === 'hit') return 'hits';
  return cache === 'miss' || cache === 'joined' || cache === 'stale' ? 'misses' : 'uncached';
}

/** Requests that are over. */
export function doneIn({ hits, misses, uncached, failures }: WarmCounts): number {
  return hits + misses + uncached + failures;
}

export function countsText({ hits, misses, uncached, failures }: WarmCounts): string {
  const parts = [counted(hits, 'hit', 'hits'), counted(misses, 'miss', 'misses')];
  if (uncached > 0) parts.push(`${uncached} past the cache`);
  return [...parts, counted(failures, 'failure', 'failures')].join(', ');
}

function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
