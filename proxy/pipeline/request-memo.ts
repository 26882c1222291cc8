import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { JsonScan } from '../protocols/json-scan.ts';
import type { OperationId, RequestFacts } from '../protocols/types.ts';

/** Repeated bodies that are remembered, at the most. */
const MAX_ENTRIES = 8_192;

/** What was learnt of a body when it was parsed. */
export interface MemoEntry {
  readonly facts: RequestFacts;
  readonly scan: JsonScan;
  /** `cache` inside a literal `extra_body`. */
  readonly extraCache: unknown;
  /** Canonical keys that were computed for it, by scope, namespace and policy. */
  readonly keys: Map<string, string>;
}

/**
 * Remembers what bodies mean by the SHA-256 of their bytes, so that a repeated request is neither scanned nor parsed.
 * The canonical key stays the identity; this only saves computing it again.
 */
export class RequestMemo {
  readonly #entries = new LRUCache<string, MemoEntry>({ max: MAX_ENTRIES });

  digest(operation: OperationId, body: Buffer): string {
    return `${operation} ${hash('sha256', body, 'base64')}`;
  }

  get(digest: string): MemoEntry | undefined {
    return this.#entries.get(digest);
  }

  set(digest: string, entry: MemoEntry): void {
    this.#entries.set(digest, entry);
  }
}
