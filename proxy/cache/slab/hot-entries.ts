import { LRUCache } from 'lru-cache';
import type { Recording } from '../types.ts';

/** Memory of the objects and strings of a recording, in bytes, as a round figure. */
const FIXED_BYTES = 900;
const BYTES_PER_EVENT = 16;
/** Part of the memory of all entries that copies of the ones in use may take, and the most. */
const PART = 8;
/** Entries of which it is remembered that they were hit. */
const NOTED = 8_192;
const MOST_BYTES = 32 * 1024 * 1024;

export interface HotEntry {
  readonly entry: number;
  readonly recording: Recording;
  /** Bytes held by it and by the forms of it that were made for clients. */
  readonly size: number;
}

/** Recordings that were hit more than once lately, as objects, with all that was made of them: what is hit again is at hand. */
export class HotEntries {
  readonly #byKey: LRUCache<string, HotEntry>;
  readonly #keys = new Map<number, string>();
  readonly #keyOf = new WeakMap<Recording, string>();
  /** The entry that was hit last, of those that have this place. */
  readonly #noted = new Int32Array(NOTED).fill(-1);

  constructor(maxBytes: number) {
    this.#byKey = new LRUCache({
      maxSize: Math.max(1, Math.floor(Math.min(maxBytes / PART, MOST_BYTES))),
      disposeAfter: ({ entry }, key) => {
        if (!this.#byKey.has(key)) this.#keys.delete(entry);
      },
    });
  }

  get bytes(): number {
    return this.#byKey.calculatedSize;
  }

  get(key: string): HotEntry | undefined {
    return this.#byKey.get(key);
  }

  /** Notes a hit of an entry that is not here; whether it was hit lately, and is worth its place. */
  note(entry: number): boolean {
    const place = entry % NOTED;
    if (this.#noted[place] === entry) return true;
    this.#noted[place] = entry;
    return false;
  }

  /** `isShared`: the recording's bytes are in the memory of the entry, and cost nothing here. */
  set(key: string, entry: number, recording: Recording, isShared: boolean): void {
    const { ends, ready } = recording;
    const held = isShared ? 0 : (ready?.body ?? recording.bytes).length;
    const size = FIXED_BYTES + ends.length * BYTES_PER_EVENT + held;
    this.#byKey.set(key, { entry, recording, size }, { size });
    if (!this.#byKey.has(key)) return;
    this.#keys.set(entry, key);
    this.#keyOf.set(recording, key);
  }

  /** Counts `bytes` more for a recording, as long as it is here; what then has no room leaves. */
  grow(recording: Recording, bytes: number): void {
    const key = this.#keyOf.get(recording);
    const known = key === undefined ? undefined : this.#byKey.peek(key);
    if (key === undefined || known?.recording !== recording) return;
    const size = known.size + bytes;
    // A new object, because the LRU weighs an entry again only when its value changes.
    this.#byKey.set(key, { ...known, size }, { size });
  }

  /** The entry leaves or gets another recording. */
  delete(entry: number): void {
    const key = this.#keys.get(entry);
    if (key !== undefined) this.#byKey.delete(key);
  }

  /** All whose keys begin with this leave. */
  purge(prefix: string): void {
    for (const key of this.#byKey.keys()) if (key.startsWith(prefix)) this.#byKey.delete(key);
  }
}
