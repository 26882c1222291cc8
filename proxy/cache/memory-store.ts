import type { Clock } from '../core/clock.ts';
import { entryAges, type EntryAges } from './entry-ages.ts';
import { isCacheKey } from './key.ts';
import type { PurgeEpochs } from './purge-epochs.ts';
import { leavesAt } from './recording.ts';
import { Entries } from './slab/entries.ts';
import { HotEntries } from './slab/hot-entries.ts';
import type { PurgeMark, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

export interface MemoryStoreOptions {
  /** Bound on everything held, in bytes; 0 keeps nothing. */
  readonly maxBytes: number;
  readonly staleMs: number;
  readonly clock: Clock;
  readonly purges: PurgeEpochs;
}

/** Entries that a purge has made unfindable and whose memory is not given back yet. */
export interface Dropped {
  readonly entries: number;
  /** Whether there was an entry with this key among them; true once. */
  take(key: string): boolean;
  /** To be called once, when nothing is taken any more: gives their memory back, in turns of the event loop. */
  release(): void;
}

/** Recordings in this process, the least recently used out first. What it hands out stays as it is when the entry leaves. */
export class MemoryStore implements Store {
  #entries: Entries;
  #hot: HotEntries;
  #evictions = 0;
  readonly #maxBytes: number;
  readonly #staleMs: number;
  readonly #clock: Clock;
  readonly #purges: PurgeEpochs;

  constructor(options: MemoryStoreOptions) {
    this.#maxBytes = options.maxBytes;
    [this.#entries, this.#hot] = emptied(this.#maxBytes);
    this.#staleMs = options.staleMs;
    this.#clock = options.clock;
    this.#purges = options.purges;
  }

  /** Entries that have left to make room. */
  get evictions(): number {
    return this.#evictions;
  }

  get entries(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.bytes + this.#hot.bytes;
  }

  /** Bytes of memory that are taken for entries, used or not; those that lie in memory of their own are not counted. */
  get held(): number {
    return this.#entries.held;
  }

  /** Bound on what is held, in bytes. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  byModel(): ReturnType<Entries['byModel']> {
    return this.#entries.byModel();
  }

  /** How old the entries are; looked at in turns of the event loop. */
  ages(): Promise<EntryAges> {
    return entryAges(this.#entries, this.#clock);
  }

  /** What is stored, for one who only looks: that is no use of the entry, and one whose time is over stays. */
  look(key: string): Recording | undefined {
    const entry = this.#entries.find(key);
    if (entry === -1) return undefined;
    const recording = this.#entries.read(entry, false);
    return this.#clock.now() < leavesAt(recording, this.#staleMs) ? recording : undefined;
  }

  prepare(_key: string): Promise<void> {
    return Promise.resolve();
  }

  mark(_key: string): PurgeMark {
    return { epoch: this.#purges.epoch };
  }

  peek(key: string): Recording | undefined {
    const hot = this.#hot.get(key);
    if (hot) return this.#usable(hot.entry, hot.recording);
    const entry = this.#entries.find(key);
    if (entry === -1) return undefined;
    const stays = this.#hot.note(entry);
    const recording = this.#usable(entry, this.#entries.read(entry, stays));
    if (recording && stays) {
      this.#hot.set(key, entry, recording, this.#entries.isShared(entry));
      this.#makeRoom();
    }
    return recording;
  }

  get(key: string): Recording | undefined {
    return this.peek(key);
  }

  /** Stores at once; false when a purge came in between, it is larger than the whole store, or a refusal finds an answer here. */
  keep(key: string, recording: Recording, mark: PurgeMark): boolean {
    if (this.#maxBytes === 0 || !isCacheKey(key) || !this.#purges.isCurrent(key, mark.epoch)) return false;
    if (recording.refusal && this.#hasAnswer(key)) return false;
    const known = this.#entries.find(key);
    if (known !== -1) this.#remove(known);
    const prepared = this.#entries.prepare(recording);
    if (prepared.cost > this.#maxBytes) return false;
    this.#entries.add(key, prepared);
    this.#makeRoom();
    return true;
  }

  /** Keys of the entries with this answer, as far as a provider keeps it. */
  keysOf(answerId: string): string[] {
    return this.#entries.keysOf(answerId);
  }

  set(key: string, recording: Recording, mark: PurgeMark): Promise<boolean> {
    return Promise.resolve(this.keep(key, recording, mark));
  }

  /** Counts `bytes` more for a recording that was handed out, as long as it is kept as an object. */
  grow(recording: Recording, bytes: number): void {
    this.#hot.grow(recording, bytes);
    this.#makeRoom();
  }

  /** Makes entries unfindable at once: all of them, those of a model's tag with its dot, or one. */
  drop(prefix: string): Dropped {
    this.#purges.record(prefix);
    if (prefix === '') return this.#dropAll();
    if (isCacheKey(prefix)) return this.#dropOne(prefix);
    this.#hot.purge(prefix);
    const entries = this.#entries;
    return {
      entries: entries.purge(prefix),
      take: (key) => entries.take(key),
      release: () => inTurns((turn) => entries.sweep(turn)),
    };
  }

  /** Removes entries and tells their keys, at once. */
  purge(prefix: string, onKey: (key: string) => void = () => undefined): Promise<PurgeResult> {
    const keys = this.#entries.keys().filter((key) => key.startsWith(prefix));
    for (const key of keys) onKey(key);
    this.drop(prefix).release();
    return Promise.resolve({ deleted: keys.length, complete: true });
  }

  forgetAnswer(answerId: string): Promise<void> {
    for (const key of this.keysOf(answerId)) this.drop(key);
    return Promise.resolve();
  }

  #dropAll(): Dropped {
    const entries = this.#entries;
    [this.#entries, this.#hot] = emptied(this.#maxBytes);
    return {
      entries: entries.size,
      take: (key) => {
        const entry = entries.find(key);
        if (entry !== -1) entries.remove(entry);
        return entry !== -1;
      },
      release: () => inTurns(() => entries.free()),
    };
  }

  #dropOne(key: string): Dropped {
    const entry = this.#entries.find(key);
    if (entry === -1) return { entries: 0, take: () => false, release: () => undefined };
    this.#remove(entry);
    const left = new Set([key]);
    return { entries: 1, take: (other) => left.delete(other), release: () => undefined };
  }

  /** The entry's recording, used now; undefined when its time is over, and it leaves. */
  #usable(entry: number, recording: Recording): Recording | undefined {
    if (this.#clock.now() < leavesAt(recording, this.#staleMs)) {
      this.#entries.touch(entry);
      return recording;
    }
    this.#remove(entry);
    return undefined;
  }

  #hasAnswer(key: string): boolean {
    const found = this.peek(key);
    return found !== undefined && found.refusal === undefined;
  }

  #remove(entry: number): void {
    this.#hot.delete(entry);
    this.#entries.remove(entry);
  }

  #makeRoom(): void {
    while (this.#entries.used + this.#hot.bytes > this.#maxBytes) {
      const { oldest } = this.#entries;
      if (oldest === -1) return;
      if (!this.#entries.isPurged(oldest)) this.#evictions += 1;
      this.#remove(oldest);
    }
  }
}

function emptied(maxBytes: number): [Entries, HotEntries] {
  const hot = new HotEntries(maxBytes);
  return [new Entries(maxBytes, (entry) => hot.delete(entry)), hot];
}

/** Does a part of the work now and in each turn of the event loop, until it returns true. */
function inTurns(work: (turn: number) => boolean, turn = 0): void {
  if (!work(turn)) setImmediate(() => inTurns(work, turn + 1));
}
