import { crc32 } from 'node:zlib';
import { tagPrefix } from '../key.ts';
import { ownBytes } from '../recording.ts';
import type { Recording } from '../types.ts';
import { answerIdIn, contentLength, draftOf, recordingIn, storedAtIn, writeContent, type Draft } from './content.ts';
import { KIND_BYTES, Kinds } from './kinds.ts';
import { costOf, SlabMap, type NewRecord } from './slab-map.ts';

const MIB = 1024 * 1024;
const LEAST_SEGMENT = 16 * 1024;
/** Segments that a full store has, at least and at most: as each is a mapping of its own, their number has to stay small. */
const LEAST_SEGMENTS = 64;
const MOST_SEGMENTS = 4096;
/** A recording that is larger than this part of a segment lies in memory of its own. */
const LARGE_PART = 16;
/** From this length on a record is handed out as it lies there; shorter ones are copied, so that their memory can be used again at once. */
const LENDS_FROM = 4_096;
/** Memory of a recording that lies in memory of its own, beside its bytes. */
const LARGE_BYTES = 400;
/** Rows that are looked at, and segments that are given back, in one turn of the event loop. */
const ROWS_A_TURN = 2048;
const SEGMENTS_A_TURN = 16;

interface Large {
  /** All of the content but the bytes. */
  readonly content: Buffer;
  readonly bytes: Buffer;
}

interface Prepared {
  readonly draft: Draft;
  readonly record: Omit<NewRecord, 'group'>;
  readonly large?: Large;
  /** Memory that it takes at the most. */
  readonly cost: number;
}

/** Recordings in segments, by key. Knows neither clocks nor bounds. */
export class Entries {
  readonly #map: SlabMap;
  readonly #kinds = new Kinds();
  readonly #large = new Map<number, Large>();
  readonly #largeFrom: number;
  #largeBytes = 0;
  #purged = { entries: 0, bytes: 0 };
  #isFreed = false;

  /** `onMove` takes entries whose recordings, where they were handed out, keep memory that is no longer their own. */
  constructor(maxBytes: number, onMove: (entry: number) => void = () => undefined) {
    const size = Math.max(LEAST_SEGMENT, Math.min(maxBytes / LEAST_SEGMENTS, MIB), maxBytes / MOST_SEGMENTS);
    const segmentBytes = Math.ceil(size / LEAST_SEGMENT) * LEAST_SEGMENT;
    this.#map = new SlabMap(segmentBytes, onMove);
    this.#largeFrom = Math.floor(segmentBytes / LARGE_PART);
  }

  /** Entries that can be found. */
  get size(): number {
    return this.#map.size - this.#purged.entries;
  }

  /** Memory of the entries that can be found, in bytes. */
  get bytes(): number {
    return this.used - this.#purged.bytes;
  }

  /** Memory of all entries, those that are purged and not yet removed included. */
  get used(): number {
    return this.#map.bytes + this.#kinds.bytes + this.#largeBytes;
  }

  /** Memory that is taken for records, used or not. */
  get held(): number {
    return this.#map.held;
  }

  /** The entry that was used longest ago, or -1. */
  get oldest(): number {
    return this.#map.oldest;
  }

  /** The entry with this key, or -1. */
  find(key: string): number {
    const entry = this.#map.find(key);
    return entry === -1 || this.isPurged(entry) ? -1 : entry;
  }

  isPurged(entry: number): boolean {
    return this.#kinds.at(this.#map.groupOf(entry)).purged;
  }

  touch(entry: number): void {
    this.#map.touch(entry);
  }

  /** Numbers of entries are below this; not every one is of an entry that can be found. */
  get end(): number {
    return this.#map.end;
  }

  /** When the entry was stored, in epoch milliseconds; undefined where none with this number can be found. */
  storedAt(entry: number): number | undefined {
    if (this.#isFreed || !this.#map.has(entry) || this.isPurged(entry)) return undefined;
    const large = this.#large.get(entry);
    return large ? storedAtIn(large.content, 0) : storedAtIn(this.#map.memoryOf(entry), this.#map.contentAt(entry));
  }

  /** Entries that can be found and their memory in bytes, by the public name of their model. */
  byModel(): ReadonlyMap<string, { readonly entries: number; readonly bytes: number }> {
    const models = new Map<string, { entries: number; bytes: number }>();
    for (const { kind, entries, bytes } of this.#kinds.findable()) {
      const known = models.get(kind.model) ?? { entries: 0, bytes: 0 };
      models.set(kind.model, { entries: known.entries + entries, bytes: known.bytes + bytes });
    }
    return models;
  }

  /** Whether the bytes that are handed out lie in the memory of the entry. */
  isShared(entry: number): boolean {
    return this.#large.has(entry) || this.#map.isLending(entry);
  }

  /** The recording; what it holds stays as it is when the entry leaves. `stays`: it will be kept for long. */
  read(entry: number, stays: boolean): Recording {
    const { kind } = this.#kinds.at(this.#map.groupOf(entry));
    const large = this.#large.get(entry);
    if (large) return recordingIn(kind, large.content, 0, () => large.bytes);
    return recordingIn(kind, this.#map.memoryOf(entry), this.#map.contentAt(entry), (from, at, length) => {
      if (this.#map.lend(entry)) return from.subarray(at, at + length);
      return stays ? ownCopy(from, at, length) : pooledCopy(from, at, length);
    });
  }

  prepare(recording: Recording): Prepared {
    const draft = draftOf(recording);
    const { answerId, kept } = recording;
    const answer = answerId !== undefined && kept ? answerHash(answerId) : 0;
    const length = contentLength(draft, true);
    if (length <= this.#largeFrom) {
      const write: NewRecord['write'] = (bytes, at) => writeContent(draft, true, bytes, at);
      return {
        draft,
        record: { length, answer, lends: length >= LENDS_FROM, write },
        cost: KIND_BYTES + costOf(length),
      };
    }
    const content = Buffer.allocUnsafeSlow(contentLength(draft, false));
    writeContent(draft, false, content, 0);
    const large = { content, bytes: owned(draft.body) };
    const cost = KIND_BYTES + costOf(0) + largeCost(large);
    return { draft, record: { length: 0, answer, lends: false, write: () => undefined }, large, cost };
  }

  /** Stores under a key that `find` does not find. */
  add(key: string, { draft, record, large }: Prepared): void {
    const purged = this.#map.find(key);
    if (purged !== -1) this.remove(purged);
    const group = this.#kinds.groupFor(tagPrefix(key), draft.recording);
    const entry = this.#map.add(key, { ...record, group: group.number });
    if (large) {
      this.#large.set(entry, large);
      this.#largeBytes += largeCost(large);
    }
    this.#kinds.count(group, 1, this.#bytesOf(entry));
    this.#map.compact();
  }

  remove(entry: number): void {
    const group = this.#kinds.at(this.#map.groupOf(entry));
    const bytes = this.#bytesOf(entry);
    if (group.purged) this.#purged = { entries: this.#purged.entries - 1, bytes: this.#purged.bytes - bytes };
    const large = this.#large.get(entry);
    if (large) {
      this.#large.delete(entry);
      this.#largeBytes -= largeCost(large);
    }
    this.#map.remove(entry);
    this.#kinds.count(group, -1, bytes);
    if (group.purged && group.entries === 0) this.#purged.bytes -= KIND_BYTES;
  }

  /** Keys of the entries with this answer, as far as a provider keeps it. */
  keysOf(answerId: string): string[] {
    return this.#map
      .withAnswer(answerHash(answerId))
      .filter((entry) => !this.isPurged(entry) && this.#answerId(entry) === answerId)
      .map((entry) => this.#map.keyOf(entry));
  }

  /** The keys of all entries that can be found. */
  keys(): string[] {
    const keys: string[] = [];
    for (let entry = 0; entry < this.#map.end; entry += 1) {
      if (this.#map.has(entry) && !this.isPurged(entry)) keys.push(this.#map.keyOf(entry));
    }
    return keys;
  }

  /** Entries whose keys begin with this model's tag are not found from now on; returns how many. They are still here. */
  purge(prefix: string): number {
    let count = 0;
    for (const { entries, bytes } of this.#kinds.purge(prefix)) {
      count += entries;
      this.#purged = { entries: this.#purged.entries + entries, bytes: this.#purged.bytes + bytes + KIND_BYTES };
    }
    return count;
  }

  /** Removes an entry that is purged and still here; false when there is none. */
  take(key: string): boolean {
    if (this.#isFreed) return false;
    const entry = this.#map.find(key);
    if (entry === -1 || !this.isPurged(entry)) return false;
    this.remove(entry);
    return true;
  }

  /** Removes what is purged, a part a turn; to be called until it returns true, with the number of the turn. */
  sweep(turn: number): boolean {
    if (this.#isFreed) return true;
    const end = Math.min((turn + 1) * ROWS_A_TURN, this.#map.end);
    for (let entry = turn * ROWS_A_TURN; entry < end; entry += 1) {
      if (this.#map.has(entry) && this.isPurged(entry)) this.remove(entry);
    }
    this.#map.compact();
    return end === this.#map.end && !this.#map.compact();
  }

  /** Gives all memory back, a part a turn; to be called until it returns true. Nothing may be read or stored afterwards. */
  free(): boolean {
    this.#isFreed = true;
    this.#large.clear();
    return !this.#map.free(SEGMENTS_A_TURN);
  }

  #bytesOf(entry: number): number {
    const large = this.#large.get(entry);
    return this.#map.bytesOf(entry) + (large ? largeCost(large) : 0);
  }

  #answerId(entry: number): string | undefined {
    const large = this.#large.get(entry);
    return large ? answerIdIn(large.content, 0) : answerIdIn(this.#map.memoryOf(entry), this.#map.contentAt(entry));
  }
}

function largeCost({ content, bytes }: Large): number {
  return LARGE_BYTES + content.length + bytes.length;
}

/** Never 0. */
function answerHash(answerId: string): number {
  return crc32(answerId) || 1;
}

/** The same bytes, if nothing else lies in their memory; else a copy. */
function owned(bytes: Buffer): Buffer {
  return bytes.length === bytes.buffer.byteLength ? bytes : ownBytes([bytes]);
}

type CopyOf = (from: Buffer, at: number, length: number) => Buffer;

const ownCopy: CopyOf = (from, at, length) => copied(Buffer.allocUnsafeSlow(length), from, at);

/** Cheaper where it is short, but it keeps the memory of others alive with it. */
const pooledCopy: CopyOf = (from, at, length) => copied(Buffer.allocUnsafe(length), from, at);

function copied(copy: Buffer, from: Buffer, at: number): Buffer {
  from.copy(copy, 0, at, at + copy.length);
  return copy;
}
