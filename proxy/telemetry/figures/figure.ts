/** What a proxy did in one second. Counts of several processes add up. */
export interface Figure {
  /** Seconds since 1970. */
  readonly at: number;
  readonly requests: number;
  /** Requests that the cache was asked for, and those that it answered (hit, joined, stale). */
  readonly lookups: number;
  readonly hits: number;
  /** Answered with 5xx; with 4xx; left by the client. */
  readonly errors: number;
  readonly refused: number;
  readonly left: number;
  /** Tokens of upstream answers. */
  readonly input: number;
  readonly output: number;
  /** What these cost in US dollars; null where no price of a model is known. */
  readonly cost: number | null;
  /** At the end of the second. */
  readonly inFlight: number;
  readonly generations: number;
  /** Times to the first token in milliseconds, as buckets and counts of a `Histogram`, one after the other. */
  readonly ttft: readonly number[];
}
