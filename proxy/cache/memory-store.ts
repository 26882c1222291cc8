import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { Barriers } from './barriers.ts';
import { sizeOf } from './recording.ts';
import type { Generation, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

interface Entry {
  readonly recording: Recording;
  readonly epoch: number;
  /** Bytes held by it and by the forms of it that were made for clients. */
  readonly size: number;
}

export interface MemoryStoreOptions {
  /** Bound on everything held, in bytes; 0 keeps nothing. */
  readonly maxBytes: number;
  readonly staleMs: number;
  readonly clock: Clock;
  readonly barriers: Barriers;
}

/** Recordings in this process, the least recently used out first. */
export class MemoryStore implements Store {
  readonly #entries: LRUCache<string, Entry>;
  readonly #keys = new WeakMap<Recording, string>();
  readonly #staleMs: number;
  readonly #clock: Clock;
  readonly #barriers: Barriers;

  constructor(options: MemoryStoreOptions) {
    this.#entries = new LRUCache({ maxSize: Math.max(1, options.maxBytes) });
    this.#staleMs = options.staleMs;
    this.#clock = options.clock;
    this.#barriers = options.barriers;
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

  generation(_key: string): Generation {
    return { epoch: this.#barriers.epoch };
  }

  peek(key: string): Recording | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const dead = entry.recording.expiresAt + this.#staleMs <= this.#clock.now();
    if (!dead && this.#barriers.admits(key, entry.epoch)) return entry.recording;
    this.#entries.delete(key);
    return undefined;
  }

  get(key: string): Recording | undefined {
    return this.peek(key);
  }

  /** Stores at once; false when a purge came in between or it is larger than the whole store. */
  keep(key: string, recording: Recording, generation: Generation): boolean {
    if (!this.#barriers.admits(key, generation.epoch)) return false;
    const size = sizeOf(recording);
    this.#entries.set(key, { recording, epoch: generation.epoch, size }, { size });
    this.#keys.set(recording, key);
    return size <= this.#entries.maxSize;
  }

  set(key: string, recording: Recording, generation: Generation): Promise<boolean> {
    return Promise.resolve(this.keep(key, recording, generation));
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
    this.#barriers.raise(prefix);
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
}
