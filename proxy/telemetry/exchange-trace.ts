import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import type { OperationId, TokenUsage } from '../protocols/types.ts';
import type { AttemptRecord } from './attempt-record.ts';
import type { NotedAnswer } from './noted-answer.ts';

/** One stage of a pipeline, in monotonic milliseconds of the proxy's clock. */
export interface StageMark {
  /** `identify`, `receive` …: a name of `Phase`. */
  readonly name: string;
  readonly begin: number;
  /** Undefined while it runs. */
  end: number | undefined;
}

/** When the cache was asked, and which tier had an answer for the request. */
export interface LookupMark {
  readonly begin: number;
  end: number | undefined;
  tier: 'memory' | 'redis' | 'none';
}

/** SHA-256 of each part of a cache key, by its name. Parts that are names or switches are given as they are. */
export type KeyParts = Readonly<Record<string, string>>;

/** Makes the attempts of a generation parts of a distributed trace. */
export interface Propagation {
  /** `traceparent` and `tracestate` of a request to an endpoint, in place of the client's; `attempt`: left out where none is recorded. */
  headers(attempt?: AttemptRecord): readonly (readonly [name: string, value: string])[];
  /** The generation and all its attempts have ended. `usage`: of the whole of it, where it is known. */
  ended(usage: TokenUsage | undefined): void;
}

/** What was sent and received, as the client and the endpoint wrote it. */
export interface TracedContent {
  readonly operation: OperationId;
  readonly request: Buffer | undefined;
  /** The answer, in parts; undefined where it was not kept. */
  readonly answer: readonly Buffer[] | undefined;
}

/** What one exchange did and when, kept only while an observer wants it. Times are monotonic milliseconds of the proxy's clock. */
export class ExchangeTrace {
  readonly startedAt: number;
  readonly marks: StageMark[] = [];
  lookup: LookupMark | undefined;
  /** Key of the entry that was looked for; undefined where none was. */
  cacheKey: string | undefined;
  /** Works the parts of that key out. To be called within `Observer.exchange` or not at all: it needs the request's body. */
  keyParts: (() => KeyParts | undefined) | undefined;
  /** Bytes of an answer that are kept for `content` where they would not be otherwise; set by observers. */
  keepsBytes = 0;
  /** What was sent and received. To be called within `Observer.exchange`, for the same reason. */
  content: (() => TracedContent) | undefined;
  /** What the exchange has cost, in billionths of a US dollar; null = unknown, undefined = no ledger is kept. */
  cost: NanoUsd | null | undefined;
  /** Id of the request that the generation was made for; undefined where there is none. */
  generation: string | undefined;
  /** Of that generation. */
  follows: Propagation | undefined;
  /** Set by an observer, in `begun`, that wants to see what the client is sent. */
  noted: NotedAnswer | undefined;
  /** Set by the observer that takes part in a distributed trace. */
  propagation: Propagation | undefined;
  readonly #clock: Clock;
  #open: StageMark | undefined;

  constructor(clock: Clock, startedAt: number) {
    this.#clock = clock;
    this.startedAt = startedAt;
  }

  /** A stage begins, and with it ends the one before. */
  enter(name: string): void {
    const now = this.#close();
    this.#open = { name, begin: now, end: undefined };
    this.marks.push(this.#open);
  }

  /** The last stage has ended. */
  end(): void {
    this.#close();
    this.#open = undefined;
  }

  /** The cache is asked; the first time counts. */
  lookUp(): void {
    this.lookup ??= { begin: this.#clock.monotonic(), end: undefined, tier: 'none' };
  }

  /** The cache has answered; the latest answer counts, as a look-up that found nothing is made once more. */
  lookedUp(tier: LookupMark['tier']): void {
    this.lookUp();
    if (!this.lookup) return;
    this.lookup.end = this.#clock.monotonic();
    this.lookup.tier = tier;
  }

  #close(): number {
    const now = this.#clock.monotonic();
    if (this.#open) this.#open.end = now;
    return now;
  }
}
