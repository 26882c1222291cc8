import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { Place, StateStore } from './store.ts';

/** What an entry holds besides its value, as a round figure, in bytes. */
const ENTRY_BYTES = 256;

interface Kept {
  readonly value: Buffer;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** State in the memory of this process, bounded by bytes: the least recently used goes first. */
export class MemoryStateStore implements StateStore {
  readonly #entries: LRUCache<string, Kept>;
  readonly #clock: Clock;

  constructor(maxBytes: number, clock: Clock) {
    this.#clock = clock;
    this.#entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ value }) => value.length + ENTRY_BYTES,
    });
  }

  get(place: Place): Promise<Buffer | undefined> {
    return Promise.resolve(this.#peek(nameOf(place)));
  }

  put(place: Place, value: Buffer, ttlMs: number): Promise<void> {
    this.#entries.set(nameOf(place), { value, until: this.#clock.monotonic() + ttlMs });
    return Promise.resolve();
  }

  async update(
    place: Place,
    change: (current: Buffer | undefined) => Buffer | undefined,
    ttlMs: number,
  ): Promise<boolean> {
    const value = change(this.#peek(nameOf(place)));
    if (value === undefined) return false;
    await this.put(place, value, ttlMs);
    return true;
  }

  delete(place: Place): Promise<boolean> {
    const name = nameOf(place);
    const there = this.#peek(name) !== undefined;
    this.#entries.delete(name);
    return Promise.resolve(there);
  }

  #peek(name: string): Buffer | undefined {
    const kept = this.#entries.get(name);
    if (kept === undefined || kept.until > this.#clock.monotonic()) return kept?.value;
    this.#entries.delete(name);
    return undefined;
  }
}

/** Parts that clients choose cannot be taken for others: each is a JSON string. */
function nameOf({ scope, kind, id }: Place): string {
  return JSON.stringify([kind, scope, id]);
}
