import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { JsonScan } from '../protocols/json-scan.ts';
import type { OperationId, RequestFacts } from '../protocols/types.ts';

/** Repeated bodies that are remembered, at the most. */
const MAX_ENTRIES = 8_192;

/** Bodies that are known to have been seen once, at the most: a power of two. */
const DOOR_SLOTS = 65_536;

/** What was learnt of a body when it was parsed. */
export interface MemoEntry {
  readonly facts: RequestFacts;
  readonly scan: JsonScan;
  /** `cache` inside a literal `extra_body`. */
  readonly extraCache: unknown;
  /**
   * Some object names a member twice. We read the last one and the endpoint may read the first: the answer belongs to
   * no key, so it is neither stored nor shared.
   */
  readonly ambiguous: boolean;
  /** Canonical keys that were computed for it, by scope and namespace. */
  readonly keys: Map<string, string>;
}

/**
 * Remembers what bodies mean by the SHA-256 of their bytes, so that a repeated request is neither scanned nor parsed.
 * The canonical key stays the identity; this only saves computing it again.
 *
 * An entry is kept from a body's second time on: most bodies come once, and keeping those would only be work for the
 * garbage collector. The first time leaves 32 bits of the digest in a table; a collision costs nothing but an early entry.
 */
export class RequestMemo {
  readonly #entries = new LRUCache<string, MemoEntry>({ max: MAX_ENTRIES });
  readonly #door = new Int32Array(DOOR_SLOTS);

  digest(operation: OperationId, body: Buffer): string {
    return operation + hash('sha256', body, 'binary');
  }

  get(digest: string): MemoEntry | undefined {
    return this.#entries.get(digest);
  }

  set(digest: string, entry: MemoEntry): void {
    if (this.#seenBefore(digest)) this.#entries.set(digest, entry);
  }

  #seenBefore(digest: string): boolean {
    const end = digest.length;
    const print = word(digest, end - 4) | 1;
    const slot = word(digest, end - 8) & (DOOR_SLOTS - 1);
    const seen = this.#door[slot] === print;
    this.#door[slot] = print;
    return seen;
  }
}

/** 32 bits out of a digest whose characters are bytes. */
function word(digest: string, at: number): number {
  const byte = (offset: number): number => digest.charCodeAt(at + offset);
  return (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
}
