import type { Identified } from './response-store.ts';

/** The part of a kept object that the store itself looks at. */
export interface Weighed extends Identified {
  /** Counts against the byte limit. */
  readonly content?: Uint8Array | undefined;
}

const KEPT_OBJECTS = 50_000;
const KEPT_BYTES = 128 * 1024 * 1024;

/** Objects of one server in collections, bounded in number and in bytes of content: beyond a limit the oldest collection's oldest is forgotten. */
export class MemoryObjectStore<T extends Weighed> {
  readonly #collections = new Map<string, Map<string, T>>();
  readonly #limit: number;
  readonly #byteLimit: number;
  #size = 0;
  #bytes = 0;

  constructor(limit = KEPT_OBJECTS, byteLimit = KEPT_BYTES) {
    this.#limit = limit;
    this.#byteLimit = byteLimit;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(collection: string, id: string): T | undefined {
    return this.#collections.get(collection)?.get(id);
  }

  put(collection: string, object: T): void {
    const kept = this.#collections.get(collection) ?? new Map<string, T>();
    this.#collections.set(collection, kept);
    const replaced = kept.get(object.id);
    kept.set(object.id, object);
    this.#size += replaced === undefined ? 1 : 0;
    this.#bytes += weight(object) - weight(replaced);
    while (this.#size > this.#limit) this.#forgetOldest(() => true);
    while (this.#bytes > this.#byteLimit) this.#forgetOldest((one) => weight(one) > 0);
  }

  delete(collection: string, id: string): boolean {
    const kept = this.#collections.get(collection);
    const object = kept?.get(id);
    if (kept === undefined || object === undefined) return false;
    kept.delete(id);
    if (kept.size === 0) this.#collections.delete(collection);
    this.#size -= 1;
    this.#bytes -= weight(object);
    return true;
  }

  all(collection: string): readonly T[] {
    return [...(this.#collections.get(collection)?.values() ?? [])];
  }

  drop(path: string): void {
    for (const [name, kept] of this.#collections) {
      if (name.startsWith(`${path}/`)) for (const id of kept.keys()) this.delete(name, id);
    }
  }

  clear(): void {
    this.#collections.clear();
    this.#size = 0;
    this.#bytes = 0;
  }

  #forgetOldest(chosen: (object: T) => boolean): void {
    for (const [name, kept] of this.#collections) {
      for (const object of kept.values()) {
        if (!chosen(object)) continue;
        this.delete(name, object.id);
        return;
      }
    }
  }
}

function weight(object: Weighed | undefined): number {
  return object?.content?.length ?? 0;
}
