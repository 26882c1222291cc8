import type { Clock } from '../core/clock.ts';
import { WindowedHistogram } from '../core/histogram.ts';

export interface HedgingSettings {
  /** Milliseconds without content after which a second attempt may be made; `p95` = as long as 95 % of the latest answers took. */
  readonly after: number | 'p95';
  /** The least that `p95` is taken for, in milliseconds. */
  readonly atLeastMs: number;
  /** Of the generations of the model that may have a second attempt. */
  readonly percent: number;
}

/** Values count for 5 to 10 minutes. */
const WINDOW_MS = 10 * 60_000;
/** So many answers are seen before their 95th percentile says anything. */
const MIN_ANSWERS = 20;
/** The percentile is not looked up for each request. */
const LOOK_AGAIN_MS = 1_000;
/** Second attempts that can be saved up. */
const MOST_SAVED = 10;
/** What is measured apart: operations, streams and others. They come from the table of protocols. */
const MAX_KINDS = 64;

/**
 * When a generation of a model may have a second attempt, and how many may: of `n` generations at most one and the percentage
 * of `n`, and no more than ten in a row.
 */
export class Hedging {
  readonly #clock: Clock;
  readonly #times = new Map<string, Times>();
  #settings: HedgingSettings;
  #saved = 1;

  constructor(settings: HedgingSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Takes the settings of a new configuration. */
  configure(settings: HedgingSettings): void {
    this.#settings = settings;
  }

  /** A generation begins that may have a second attempt. */
  began(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + this.#settings.percent / 100);
  }

  /** Milliseconds until such an attempt is made; undefined as long as too few answers were seen. */
  afterMs(kind: string): number | undefined {
    const { after, atLeastMs } = this.#settings;
    if (after !== 'p95') return after;
    const p95 = this.#times.get(kind)?.p95();
    return p95 === undefined ? undefined : Math.max(p95, atLeastMs);
  }

  /** An attempt had its first content after so many milliseconds, or was given up after them without any. */
  observed(kind: string, ms: number): void {
    let times = this.#times.get(kind);
    if (times === undefined) {
      if (this.#times.size >= MAX_KINDS) return;
      times = new Times(this.#clock);
      this.#times.set(kind, times);
    }
    times.record(ms);
  }

  get allows(): boolean {
    // Shares of a percentage do not add up to whole numbers exactly.
    return this.#saved > 0.999_999;
  }

  /** A second attempt is made. */
  spend(): void {
    this.#saved = Math.max(0, this.#saved - 1);
  }
}

/** Times to the first content, and their 95th percentile as it was a moment ago. */
class Times {
  readonly #clock: Clock;
  readonly #histogram: WindowedHistogram;
  #count = 0;
  #p95: number | undefined;
  #lookAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#histogram = new WindowedHistogram(clock, WINDOW_MS);
  }

  record(ms: number): void {
    this.#histogram.record(ms);
    this.#count += 1;
  }

  p95(): number | undefined {
    if (this.#count < MIN_ANSWERS) return undefined;
    const now = this.#clock.monotonic();
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_AGAIN_MS;
      this.#p95 = this.#histogram.percentiles()?.p95;
    }
    return this.#p95;
  }
}
