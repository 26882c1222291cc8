import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import { isCacheKey } from './key.ts';
import type { PurgeEpochs } from './purge-epochs.ts';
import { leavesAt, sizeOf } from './recording.ts';
import type { PurgeMark, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

interface Entry {
  readonly recording: Recording;
  /** Bytes held by it and by the forms of it that were made for clients. */
  readonly size: number;
}

export interface MemoryStoreOptions {
  /** Bound on everything held, in bytes; 0 keeps nothing. */
  readonly maxBytes: number;
  readonly staleMs: number;
  readonly clock: Clock;
  readonly purges: PurgeEpochs;
}

/** Recordings in this process, the least recently used out first. */
export class MemoryStore implements Store {
  readonly #entries: LRUCache<string, Entry>;
  readonly #keys = new WeakMap<Recording, string>();
  /** Keys of the answers that a provider keeps, by the id of the answer. */
  readonly #byAnswer = new Map<string, Set<string>>();
  #evictions = 0;
  readonly #staleMs: number;
  readonly #clock: Clock;
  readonly #purges: PurgeEpochs;

  constructor(options: MemoryStoreOptions) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, options.maxBytes),
      disposeAfter: ({ recording }, key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        this.#unlist(recording, key);
      },
    });
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
    return this.#entries.calculatedSize;
  }

  prepare(_key: string): Promise<void> {
    return Promise.resolve();
  }

  mark(_key: string): PurgeMark {
    return { epoch: this.#purges.epoch };
  }

  peek(key: string): Recording | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.now() < leavesAt(entry.recording, this.#staleMs)) return entry.recording;
    this.#entries.delete(key);
    return undefined;
  }

  get(key: string): Recording | undefined {
    return this.peek(key);
  }

  /** Stores at once; false when a purge came in between, it is larger than the whole store, or a refusal finds an answer here. */
  keep(key: string, recording: Recording, mark: PurgeMark): boolean {
    if (!this.#purges.isCurrent(key, mark.epoch)) return false;
    if (recording.refusal && this.#hasAnswer(key)) return false;
    const size = sizeOf(recording);
    this.#entries.set(key, { recording, size }, { size });
    this.#keys.set(recording, key);
    if (this.#entries.has(key)) this.#list(recording, key);
    return size <= this.#entries.maxSize;
  }

  /** Keys of the entries with this answer, as far as a provider keeps it. */
  keysOf(answerId: string): string[] {
    return [...(this.#byAnswer.get(answerId) ?? [])];
  }

  set(key: string, recording: Recording, mark: PurgeMark): Promise<boolean> {
    return Promise.resolve(this.keep(key, recording, mark));
  }

  /** Counts `bytes` more for an entry, as long as it is here. */
  grow(recording: Recording, bytes: number): void {
    const key = this.#keys.get(recording);
    if (key === undefined) return;
    const entry = this.#entries.peek(key);
    if (entry?.recording !== recording) return;
    const size = entry.size + bytes;
    // A new object, because the LRU weighs an entry again only when its value changes.
    this.#entries.set(key, { ...entry, size }, { size });
  }

  /** Removes at once and returns the keys that were here. */
  drop(prefix: string): string[] {
    this.#purges.record(prefix);
    if (isCacheKey(prefix)) return this.#entries.delete(prefix) ? [prefix] : [];
    const dropped = [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
    if (prefix === '') this.#entries.clear();
    else for (const key of dropped) this.#entries.delete(key);
    return dropped;
  }

  purge(prefix: string, onKey: (key: string) => void = () => undefined): Promise<PurgeResult> {
    const dropped = this.drop(prefix);
    for (const key of dropped) onKey(key);
    return Promise.resolve({ deleted: dropped.length, complete: true });
  }

  forgetAnswer(answerId: string): Promise<void> {
    for (const key of this.keysOf(answerId)) this.drop(key);
    return Promise.resolve();
  }

  #hasAnswer(key: string): boolean {
    const found = this.peek(key);
    return found !== undefined && found.refusal === undefined;
  }

  #list({ answerId, kept }: Recording, key: string): void {
    if (answerId === undefined || !kept) return;
    const keys = this.#byAnswer.get(answerId);
    if (keys) keys.add(key);
    else this.#byAnswer.set(answerId, new Set([key]));
  }

  /** An entry has left, or another recording has its place. */
  #unlist({ answerId }: Recording, key: string): void {
    if (answerId === undefined || this.#entries.peek(key)?.recording.answerId === answerId) return;
    const keys = this.#byAnswer.get(answerId);
    keys?.delete(key);
    if (keys?.size === 0) this.#byAnswer.delete(answerId);
  }
}
