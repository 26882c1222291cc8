import type { Clock } from './clock.ts';

/** 16 buckets an octave: a percentile is at most 4.4 % above the true value. */
const BUCKETS_PER_OCTAVE = 16;
/** Values up to 2⁻⁴ (0.0625) share the first bucket. */
const LOWEST_OCTAVE = -4;
/** Values from 2²⁴ (16.7 million; 4.6 hours in milliseconds) share the last bucket. */
const HIGHEST_OCTAVE = 24;
const BUCKETS = (HIGHEST_OCTAVE - LOWEST_OCTAVE) * BUCKETS_PER_OCTAVE + 1;

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a histogram has counted, for another process: bucket and count. */
export type HistogramCounts = readonly (readonly [bucket: number, count: number])[];

/** Counts of values on a logarithmic scale: constant memory (2 KB, none before the first value), no sorting. */
export class Histogram {
  #counts: Uint32Array | undefined;
  #total = 0;

  get count(): number {
    return this.#total;
  }

  /** Records a value ≥ 0; NaN and negative values are ignored. */
  record(value: number): void {
    if (!(value >= 0)) return;
    const index = Math.ceil((Math.log2(value) - LOWEST_OCTAVE) * BUCKETS_PER_OCTAVE);
    const bucket = Math.min(Math.max(index, 0), BUCKETS - 1);
    const counts = (this.#counts ??= new Uint32Array(BUCKETS));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  /** Adds all that `other` counted. */
  add(other: Histogram): void {
    if (other.#counts === undefined) return;
    const counts = (this.#counts ??= new Uint32Array(BUCKETS));
    other.#counts.forEach((count, bucket) => {
      counts[bucket] = (counts[bucket] ?? 0) + count;
    });
    this.#total += other.#total;
  }

  /** The buckets that are not empty. */
  counts(): HistogramCounts {
    return [...(this.#counts ?? [])].flatMap((count, bucket) => (count > 0 ? [[bucket, count] as const] : []));
  }

  /** Adds what another process has counted. */
  addCounts(counts: HistogramCounts): void {
    const own = (this.#counts ??= new Uint32Array(BUCKETS));
    for (const [bucket, count] of counts) {
      own[bucket] = (own[bucket] ?? 0) + count;
      this.#total += count;
    }
  }

  /** Median, 95th and 99th percentile, to three significant digits; null when nothing was recorded. */
  percentiles(): Percentiles | null {
    if (this.#total === 0) return null;
    const at = (p: number): number => Number((this.percentile(p) ?? 0).toPrecision(3));
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  clear(): void {
    this.#counts?.fill(0);
    this.#total = 0;
  }

  /** The smallest bucket bound that at least the share `p` (0..1) of the values does not exceed; undefined when empty. */
  percentile(p: number): number | undefined {
    if (this.#counts === undefined || this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(p * this.#total));
    let seen = 0;
    const bucket = this.#counts.findIndex((count) => (seen += count) >= rank);
    return 2 ** (bucket / BUCKETS_PER_OCTAVE + LOWEST_OCTAVE);
  }
}

/** A histogram of the last while: it forgets what is older than one to two half-windows. */
export class WindowedHistogram {
  readonly #clock: Clock;
  readonly #halfMs: number;
  #young = new Histogram();
  #old = new Histogram();
  #startedAt: number;

  /** `windowMs`: values count for at least half of it and for less than all of it, in milliseconds. */
  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#halfMs = windowMs / 2;
    this.#startedAt = clock.monotonic();
  }

  record(value: number): void {
    this.#turn();
    this.#young.record(value);
  }

  /** Median, 95th and 99th percentile, to three significant digits; null when nothing was recorded lately. */
  percentiles(): Percentiles | null {
    return this.#all().percentiles();
  }

  /** What was recorded lately. */
  counts(): HistogramCounts {
    return this.#all().counts();
  }

  #all(): Histogram {
    this.#turn();
    const all = new Histogram();
    all.add(this.#young);
    all.add(this.#old);
    return all;
  }

  #turn(): void {
    const passed = this.#clock.monotonic() - this.#startedAt;
    if (passed < this.#halfMs) return;
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
    if (passed >= 2 * this.#halfMs) this.#old.clear();
    this.#startedAt += Math.floor(passed / this.#halfMs) * this.#halfMs;
  }
}
