import type { FlatHeaders } from '../../wire/http.ts';
import type { AttemptRecord } from '../attempt-record.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import type { ExchangeTrace, KeyParts, LookupMark, StageMark } from '../exchange-trace.ts';
import { NotedAnswer } from '../noted-answer.ts';
import type { ExchangeTest } from './exchange-filter.ts';
import { boundedRecord } from './bounded-record.ts';
import { BODY_NOTED, heldBytes, keptBody, type KeptBodies } from './kept-bodies.ts';

/** Exchanges that are kept. */
export const EXCHANGES_KEPT = 2_000;
/** Bytes of bodies that are kept, of all exchanges together. */
const BODIES_KEPT = 16 * 1_024 * 1_024;
/** Milliseconds of each second in which parts of cache keys may be worked out, beyond the first few. */
const PARTS_MS = 3;
const FIRST_PARTS = 8;
const SECOND_MS = 1_000;

/** What is known of an exchange whose stages were marked. Times are monotonic milliseconds. */
export interface ExchangeWork {
  readonly stages: readonly StageMark[];
  readonly lookup: LookupMark | undefined;
  readonly cacheKey: string | undefined;
  /** Undefined where the cache was not asked, and where too many were to be worked out. */
  readonly keyParts: KeyParts | undefined;
  /** Id of the request that the answer was made for. */
  readonly generation: string | undefined;
  /** Of the answer, as the client was sent them. */
  readonly headers: FlatHeaders | undefined;
  /** Dropped when newer ones need the room. */
  bodies: KeptBodies | undefined;
}

/** One exchange of the journal. */
export interface JournalEntry {
  /** Its number in this process, from 0 in the order in which exchanges ended. */
  readonly no: number;
  readonly record: ExchangeRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly work: ExchangeWork | undefined;
}

export interface JournalOptions {
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Whether bodies are kept (`admin.capture`). */
  readonly captures: () => boolean;
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string;
  readonly bodiesKept?: number;
}

/**
 * The last exchanges of a process. What they leave behind anyway is referred to, not copied: an exchange costs two writes. Only where
 * stages are marked is more kept of it.
 */
export class ExchangeJournal {
  readonly #options: JournalOptions;
  readonly #bodiesKept: number;
  readonly #records: ExchangeRecord[] = [];
  readonly #attempts: (readonly AttemptRecord[])[] = [];
  readonly #works: (ExchangeWork | undefined)[] = [];
  /** Place of the next one. */
  #next = 0;
  #count = 0;
  #bodyBytes = 0;
  /** Number of the oldest exchange that may have bodies. */
  #oldestBodies = 0;
  #second = 0;
  #spentMs = 0;
  #partsRead = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#bodiesKept = options.bodiesKept ?? BODIES_KEPT;
  }

  /** Exchanges so far: the number of the next one. */
  get count(): number {
    return this.#count;
  }

  /** A request has come whose stages are marked. */
  begun(trace: ExchangeTrace): void {
    trace.noted = new NotedAnswer(this.#options.captures() ? BODY_NOTED : 0);
  }

  exchange(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void {
    const at = this.#next;
    this.#next = at + 1 === EXCHANGES_KEPT ? 0 : at + 1;
    this.#records[at] = boundedRecord(record);
    this.#attempts[at] = attempts;
    if (trace !== undefined || this.#works[at] !== undefined) this.#setWork(at, trace && this.#workOf(trace));
    else if (at === this.#works.length) this.#works.push(undefined);
    this.#count += 1;
    if (this.#bodyBytes > this.#bodiesKept) this.#dropBodies(this.#bodiesKept);
  }

  /** Drops all bodies. */
  dropBodies(): void {
    this.#dropBodies(0);
  }

  /** Bytes of bodies that are kept. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** The exchanges with a number below `before` for which `test` holds, the newest first. */
  *newest(test: ExchangeTest, before = this.#count): Generator<JournalEntry> {
    const oldest = Math.max(0, this.#count - EXCHANGES_KEPT);
    for (let no = Math.min(before, this.#count) - 1; no >= oldest; no -= 1) {
      const at = no % EXCHANGES_KEPT;
      const record = this.#records[at];
      if (record && test(record)) yield { no, record, attempts: this.#attempts[at] ?? [], work: this.#works[at] };
    }
  }

  #workOf(trace: ExchangeTrace): ExchangeWork {
    const { marks, lookup, cacheKey, generation, noted } = trace;
    const { clean } = this.#options;
    return {
      stages: marks,
      lookup,
      cacheKey,
      keyParts: trace.keyParts && this.#partsOf(trace.keyParts),
      generation,
      headers: noted?.headers,
      bodies: noted?.bodies && {
        request: keptBody(noted.bodies.request, clean),
        answer: keptBody(noted.bodies.answer, clean),
      },
    };
  }

  /** They are worked out at once, because that needs the body: for so long in each second. */
  #partsOf(read: () => KeyParts | undefined): KeyParts | undefined {
    const begin = this.#options.monotonic();
    if (begin - this.#second >= SECOND_MS) {
      this.#second = begin;
      this.#spentMs = 0;
      this.#partsRead = 0;
    }
    if (this.#spentMs >= PARTS_MS && this.#partsRead >= FIRST_PARTS) return undefined;
    this.#partsRead += 1;
    const parts = read();
    this.#spentMs += this.#options.monotonic() - begin;
    return parts;
  }

  #setWork(at: number, work: ExchangeWork | undefined): void {
    const old = this.#works[at]?.bodies;
    if (old) this.#bodyBytes -= heldBytes(old);
    if (work?.bodies) this.#bodyBytes += heldBytes(work.bodies);
    this.#works[at] = work;
  }

  /** Drops the oldest bodies until no more than `most` bytes are left. */
  #dropBodies(most: number): void {
    this.#oldestBodies = Math.max(this.#oldestBodies, this.#count - EXCHANGES_KEPT);
    for (; this.#bodyBytes > most && this.#oldestBodies < this.#count; this.#oldestBodies += 1) {
      const work = this.#works[this.#oldestBodies % EXCHANGES_KEPT];
      if (work?.bodies === undefined) continue;
      this.#bodyBytes -= heldBytes(work.bodies);
      work.bodies = undefined;
    }
  }
}
