import type { JournalEntry, JournalFilter } from './entry.ts';
import { JournalRecord } from './record.ts';
import type { Arrival } from './record.ts';

export interface JournalLimits {
  /** Entries kept; the oldest goes first. */
  readonly entries: number;
  /** Bytes kept of one body. */
  readonly bodyBytes: number;
  /** Bytes kept of all bodies; those of the oldest entries are dropped first. */
  readonly totalBodyBytes: number;
}

export const JOURNAL_LIMITS: JournalLimits = {
  entries: 10_000,
  bodyBytes: 1024 * 1024,
  totalBodyBytes: 32 * 1024 * 1024,
};

/** The list grows to so many times its limit before it is cut. */
const CUT_AT = 1.1;

/** The requests of one server, oldest first, bounded in number and in bytes. */
export class Journal {
  readonly #limits: JournalLimits;
  readonly #nextSequence: () => number;
  /** The last `limits.entries` of these count; what lies before them is cut off in batches. */
  #records: JournalRecord[] = [];
  #bodyBytes = 0;
  #lastHeaders: Arrival['headers'] = {};

  /** `nextSequence`: where several journals count together. */
  constructor(limits: JournalLimits = JOURNAL_LIMITS, nextSequence: () => number = counter()) {
    this.#limits = limits;
    this.#nextSequence = nextSequence;
  }

  get size(): number {
    return Math.min(this.#records.length, this.#limits.entries);
  }

  /** A request that has its ordinal already keeps it. */
  open(arrival: Omit<Arrival, 'sequence'>, sequence = this.#nextSequence()): JournalRecord {
    // Most clients send the same headers again and again: entries that follow one another share them.
    if (!equalHeaders(this.#lastHeaders, arrival.headers)) this.#lastHeaders = arrival.headers;
    const { at, method, path, query, port, connection } = arrival;
    const headers = this.#lastHeaders;
    const record = new JournalRecord({ sequence, at, method, path, query, headers, port, connection });
    this.#records.push(record);
    const passed = this.#records[this.#records.length - this.#limits.entries - 1];
    if (passed !== undefined) this.#bodyBytes -= passed.forget();
    if (this.#records.length >= this.#limits.entries * CUT_AT) this.#records = this.#kept();
    return record;
  }

  keepBody(record: JournalRecord, body: Buffer): void {
    this.#bodyBytes += record.keepBody(body, this.#limits.bodyBytes);
    if (this.#bodyBytes > this.#limits.totalBodyBytes) this.#makeRoom();
  }

  /** Takes back an entry that turned out to belong elsewhere. */
  withdraw(record: JournalRecord): void {
    const at = this.#records.lastIndexOf(record);
    if (at !== -1) this.#records.splice(at, 1);
    this.#bodyBytes -= record.forget();
  }

  entries(filter: JournalFilter = {}): JournalEntry[] {
    return this.#kept()
      .filter((record) => fits(record, filter))
      .map((record) => record.toEntry());
  }

  /** Forgets the entries that fit, all of them without a filter; returns how many. */
  clear(filter: JournalFilter = {}): number {
    const before = this.#kept();
    this.#records = before.filter((record) => !fits(record, filter));
    for (const record of before) if (fits(record, filter)) this.#bodyBytes -= record.forget();
    return before.length - this.#records.length;
  }

  #kept(): JournalRecord[] {
    return this.#records.slice(-this.#limits.entries);
  }

  /** Down to half of the limit, so that the walk from the oldest entry is rare. */
  #makeRoom(): void {
    for (const record of this.#kept()) {
      if (this.#bodyBytes <= this.#limits.totalBodyBytes / 2) return;
      this.#bodyBytes -= record.dropBody();
    }
  }
}

function counter(): () => number {
  let count = 0;
  return () => (count += 1);
}

function equalHeaders(one: Arrival['headers'], other: Arrival['headers']): boolean {
  const names = Object.keys(other);
  return names.length === Object.keys(one).length && names.every((name) => one[name] === other[name]);
}

function fits(record: JournalRecord, filter: JournalFilter): boolean {
  return (
    (filter.path === undefined || record.arrival.path === filter.path) &&
    (filter.model === undefined || record.model === filter.model) &&
    (filter.operation === undefined || record.operation === filter.operation) &&
    (filter.since === undefined || record.arrival.at >= filter.since)
  );
}
