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

/** The requests of one server, oldest first, bounded in number and in bytes. */
export class Journal {
  readonly #limits: JournalLimits;
  /** The last `limits.entries` of these count; what lies before them is cut off in batches. */
  #records: JournalRecord[] = [];
  #opened = 0;
  #bodyBytes = 0;

  constructor(limits: JournalLimits = JOURNAL_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return Math.min(this.#records.length, this.#limits.entries);
  }

  open(arrival: Omit<Arrival, 'id'>): JournalRecord {
    this.#opened += 1;
    const record = new JournalRecord({ id: `${arrival.port}-${this.#opened}`, ...arrival });
    this.#records.push(record);
    const passed = this.#records[this.#records.length - this.#limits.entries - 1];
    if (passed !== undefined) this.#bodyBytes -= passed.forget();
    if (this.#records.length >= this.#limits.entries * 2) this.#records = this.#kept();
    return record;
  }

  keepBody(record: JournalRecord, body: Buffer): void {
    this.#bodyBytes += record.keepBody(body, this.#limits.bodyBytes);
    if (this.#bodyBytes > this.#limits.totalBodyBytes) this.#makeRoom();
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

function fits(record: JournalRecord, filter: JournalFilter): boolean {
  return (
    (filter.path === undefined || record.arrival.path === filter.path) &&
    (filter.model === undefined || record.model === filter.model) &&
    (filter.operation === undefined || record.operation === filter.operation) &&
    (filter.since === undefined || record.arrival.at >= filter.since)
  );
}
