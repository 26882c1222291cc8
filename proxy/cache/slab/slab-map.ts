import { EntryRows, FIELD, ROW_BYTES } from './entry-rows.ts';
import { HashIndex } from './hash-index.ts';
import { Segments } from './segments.ts';
import type { Segment } from './segments.ts';

/*
 * A record:   0 length · 4 number of its entry · 8 key · 48 what the owner of the map writes
 */
const ENTRY_AT = 4;
const KEY_AT = 8;
const KEY_BYTES = 40;
export const CONTENT_AT = KEY_AT + KEY_BYTES;
const ALIGNMENT = 8;
const TAG_LENGTH = 16;
/** An odd number that carries what differs in low bits to the high ones. */
const SPREAD = 0x9e3779b1;

/** Memory that an entry takes beside its record: its row, and its part of two indexes. */
const ENTRY_BYTES = ROW_BYTES + 16;

/** What is to be stored under a key. */
export interface NewRecord {
  /** Bytes that `write` writes. */
  readonly length: number;
  readonly group: number;
  /** Hash that the entry can be found by beside its key; 0 = none. */
  readonly answer: number;
  /** Views of its record will be handed out: its segments then are none of those whose memory is used again. */
  readonly lends: boolean;
  readonly write: (bytes: Buffer, at: number) => void;
}

/** Bytes of memory that a record with this many bytes of content takes, with all that belongs to it. */
export function costOf(length: number): number {
  return recordLength(length) + ENTRY_BYTES;
}

/**
 * Records by cache key, in the order of their last use. An entry has a number as long as it is here. What is handed out of a
 * record has to be copied, unless it was stored as one that `lends`, and is lent.
 */
export class SlabMap {
  readonly #rows = new EntryRows();
  readonly #byKey = new HashIndex((entry) => this.#rows.get(entry, FIELD.hash));
  readonly #byAnswer = new HashIndex((entry) => this.#rows.get(entry, FIELD.answer));
  /** Those of records that are copied, and those of records that are lent: odd numbers stand for the latter. */
  readonly #pools: readonly [Segments, Segments];
  readonly #scratch = Buffer.alloc(KEY_BYTES);
  readonly #onMove: (entry: number) => void;
  #newest = -1;
  #oldest = -1;
  #size = 0;

  /** `onMove` takes entries whose views keep memory that is no longer their own. */
  constructor(segmentBytes: number, onMove: (entry: number) => void) {
    this.#onMove = onMove;
    this.#pools = [new Segments(segmentBytes), new Segments(segmentBytes)];
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that the entries take, without what lies unused. */
  get bytes(): number {
    return this.#pools[0].live + this.#pools[1].live + this.#size * ENTRY_BYTES;
  }

  /** Bytes of memory that records and their unused room take. */
  get held(): number {
    return this.#pools[0].held + this.#pools[1].held;
  }

  /** Numbers of entries are below this. */
  get end(): number {
    return this.#rows.end;
  }

  /** The entry that was used longest ago, or -1. */
  get oldest(): number {
    return this.#oldest;
  }

  find(key: string): number {
    this.#scratch.write(key.slice(0, TAG_LENGTH), 0, 'hex');
    this.#scratch.write(key.slice(TAG_LENGTH + 1), TAG_LENGTH / 2, 'hex');
    return this.#byKey.find(this.#hashOfScratch(), (entry) => this.#hasScratch(entry));
  }

  /** Stores under a key that is not here, as the entry that was used last, and returns its number. */
  add(key: string, record: NewRecord): number {
    if (this.find(key) !== -1) throw new Error('the key is taken');
    const length = recordLength(record.length);
    const pool = record.lends ? 1 : 0;
    const segment = this.#pools[pool].reserve(length);
    const at = segment.used;
    const entry = this.#rows.take();
    segment.bytes.writeUInt32LE(length, at);
    segment.bytes.writeUInt32LE(entry, at + ENTRY_AT);
    segment.bytes.set(this.#scratch, at + KEY_AT);
    record.write(segment.bytes, at + CONTENT_AT);
    this.#pools[pool].wrote(segment, length);
    const rows = this.#rows;
    rows.set(entry, FIELD.hash, this.#hashOfScratch());
    rows.set(entry, FIELD.answer, record.answer | 0);
    rows.set(entry, FIELD.group, record.group);
    rows.set(entry, FIELD.length, length);
    this.#place(entry, pool, segment, at);
    this.#byKey.add(this.#hashOfScratch(), entry);
    if (record.answer !== 0) this.#byAnswer.add(record.answer | 0, entry);
    this.#link(entry);
    this.#size += 1;
    return entry;
  }

  remove(entry: number): void {
    const rows = this.#rows;
    this.#byKey.remove(rows.get(entry, FIELD.hash), entry);
    const answer = rows.get(entry, FIELD.answer);
    if (answer !== 0) this.#byAnswer.remove(answer, entry);
    this.#unlink(entry);
    this.#poolOf(entry).release(rows.get(entry, FIELD.segment) >> 1, rows.get(entry, FIELD.length));
    rows.giveBack(entry);
    this.#size -= 1;
  }

  has(entry: number): boolean {
    return this.#rows.get(entry, FIELD.length) > 0;
  }

  groupOf(entry: number): number {
    return this.#rows.get(entry, FIELD.group);
  }

  /** Bytes of memory that the entry takes. */
  bytesOf(entry: number): number {
    return this.#rows.get(entry, FIELD.length) + ENTRY_BYTES;
  }

  /** The memory that the record lies in, to be read at `contentAt` and not to be kept. */
  memoryOf(entry: number): Buffer {
    return this.#poolOf(entry).at(this.#rows.get(entry, FIELD.segment) >> 1).bytes;
  }

  /** To be called before views of the record are handed out; false when it has to be copied. */
  lend(entry: number): boolean {
    if (!this.isLending(entry)) return false;
    this.#pools[1].lend(this.#rows.get(entry, FIELD.segment) >> 1);
    return true;
  }

  /** Whether views of the record are handed out. */
  isLending(entry: number): boolean {
    return this.#rows.get(entry, FIELD.segment) % 2 === 1;
  }

  contentAt(entry: number): number {
    return this.#rows.get(entry, FIELD.offset) + CONTENT_AT;
  }

  keyOf(entry: number): string {
    const at = this.#rows.get(entry, FIELD.offset) + KEY_AT;
    const text = this.memoryOf(entry).toString('hex', at, at + KEY_BYTES);
    return `${text.slice(0, TAG_LENGTH)}.${text.slice(TAG_LENGTH)}`;
  }

  /** The entries that were added with this hash, other than 0. */
  withAnswer(answer: number): number[] {
    const found: number[] = [];
    this.#byAnswer.find(answer | 0, (entry) => {
      found.push(entry);
      return false;
    });
    return found;
  }

  /** From now on the entry is the one that was used last. */
  touch(entry: number): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  /** Moves the records of a segment of which little is wanted, where too much memory lies unused; false when it does not. */
  compact(): boolean {
    const copied = this.#compact(0);
    return this.#compact(1) || copied;
  }

  /** Gives the memory of this many segments back; false when none is left. The map may not be used afterwards. */
  free(segments: number): boolean {
    const copied = this.#pools[0].free(segments);
    return this.#pools[1].free(segments) || copied;
  }

  #compact(pool: 0 | 1): boolean {
    const sparse = this.#pools[pool].sparse();
    if (!sparse) return false;
    const { bytes, used, number } = sparse;
    // With its last record moved the segment is free, and may be in use again.
    for (let at = 0; at < used && sparse.live > 0;) {
      const length = bytes.readUInt32LE(at);
      const entry = bytes.readUInt32LE(at + ENTRY_AT);
      if (this.#isAt(entry, number * 2 + pool, at)) this.#move(entry, pool, sparse, at);
      at += length;
    }
    return true;
  }

  #move(entry: number, pool: 0 | 1, from: Segment, at: number): void {
    const segments = this.#pools[pool];
    const length = this.#rows.get(entry, FIELD.length);
    const to = segments.reserve(length);
    const target = to.used;
    from.bytes.copy(to.bytes, target, at, at + length);
    segments.wrote(to, length);
    this.#place(entry, pool, to, target);
    segments.release(from.number, length);
    if (pool === 1) this.#onMove(entry);
  }

  #place(entry: number, pool: 0 | 1, segment: Segment, at: number): void {
    this.#rows.set(entry, FIELD.segment, segment.number * 2 + pool);
    this.#rows.set(entry, FIELD.offset, at);
  }

  #poolOf(entry: number): Segments {
    return this.#pools[this.isLending(entry) ? 1 : 0];
  }

  #isAt(entry: number, segment: number, at: number): boolean {
    const rows = this.#rows;
    return this.has(entry) && rows.get(entry, FIELD.segment) === segment && rows.get(entry, FIELD.offset) === at;
  }

  #hashOfScratch(): number {
    const word = this.#scratch.readInt32LE(TAG_LENGTH / 2) ^ this.#scratch.readInt32LE(KEY_BYTES - 4);
    return Math.imul(word, SPREAD);
  }

  #hasScratch(entry: number): boolean {
    const at = this.#rows.get(entry, FIELD.offset) + KEY_AT;
    return this.memoryOf(entry).compare(this.#scratch, 0, KEY_BYTES, at, at + KEY_BYTES) === 0;
  }

  #link(entry: number): void {
    const rows = this.#rows;
    rows.set(entry, FIELD.newer, -1);
    rows.set(entry, FIELD.older, this.#newest);
    if (this.#newest === -1) this.#oldest = entry;
    else rows.set(this.#newest, FIELD.newer, entry);
    this.#newest = entry;
  }

  #unlink(entry: number): void {
    const rows = this.#rows;
    const newer = rows.get(entry, FIELD.newer);
    const older = rows.get(entry, FIELD.older);
    if (newer === -1) this.#newest = older;
    else rows.set(newer, FIELD.older, older);
    if (older === -1) this.#oldest = newer;
    else rows.set(older, FIELD.newer, newer);
  }
}

/** A multiple of the alignment, so that segments are filled evenly. */
function recordLength(content: number): number {
  return Math.ceil((CONTENT_AT + content) / ALIGNMENT) * ALIGNMENT;
}
