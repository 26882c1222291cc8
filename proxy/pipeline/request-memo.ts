import { crc32 } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { ownBytes } from '../cache/recording.ts';
import type { JsonScan } from '../wire/json-scan.ts';
import type { OperationId, RequestFacts } from '../protocols/types.ts';
import type { BodyReferences } from './owned/body-references.ts';

/** Repeated bodies that are remembered, at the most. */
const MAX_ENTRIES = 8_192;

/** Bytes of bodies that are remembered, at the most; a larger body is not. */
const MAX_BYTES = 32 * 1024 * 1024;
/** What an entry holds besides its body, as a round figure. */
const ENTRY_BYTES = 1_024;

/** Bodies that are known to have been seen once, at the most: a power of two. */
const DOOR_SLOTS = 65_536;
/** An odd number that spreads small ones over 32 bits. */
const SPREAD = 0x9e3779b1;

/** The same bytes never have one checksum for two operations. */
const SEEDS: Readonly<Record<OperationId, number>> = {
  'chat.completions': 1,
  completions: 2,
  responses: 3,
  embeddings: 4,
  messages: 5,
  'messages.count_tokens': 6,
  'gemini.generate': 7,
  'gemini.count_tokens': 8,
  'gemini.embed': 9,
  'gemini.batch_embed': 10,
};

/** What was learnt of a body when it was parsed. */
export interface MemoEntry {
  readonly facts: RequestFacts;
  readonly scan: JsonScan;
  /** It says a temperature above 0: equal requests have different answers. */
  readonly sampled: boolean;
  /** `cache` inside a literal `extra_body`. */
  readonly extraCache: unknown;
  /**
   * Some object names a member twice. We read the last one and the endpoint may read the first: the answer belongs to
   * no key, so it is neither stored nor shared.
   */
  readonly ambiguous: boolean;
  /** `losesDigits` of the body, where it was read in slices. */
  readonly losesDigits?: boolean;
  /** Canonical keys that were computed for it, by scope and namespace; present once the body is remembered. */
  keys?: Map<string, string>;
  /** What it names of things that a provider keeps; set when it is first asked for. */
  references?: BodyReferences;
}

/** The entry of a body that was made of another one. */
export function entryOfBody(
  { sampled, extraCache, ambiguous }: MemoEntry,
  { facts, scan }: Pick<MemoEntry, 'facts' | 'scan'>,
): MemoEntry {
  return { facts, scan, sampled, extraCache, ambiguous };
}

/** What a body is looked up by. */
export interface BodyDigest {
  readonly operation: OperationId;
  readonly chunks: readonly Buffer[];
  /** CRC-32 of operation and body: finds the place, proves nothing. */
  readonly sum: number;
}

interface Kept {
  readonly operation: OperationId;
  readonly body: Buffer;
  readonly entry: MemoEntry;
}

/**
 * Remembers what bodies mean, so that a repeated request is neither scanned nor parsed. A body is found by a checksum and
 * known by its bytes: both together cost a third of a cryptographic digest. The canonical key stays the identity; this
 * only saves computing it again.
 *
 * An entry is kept from a body's second time on: most bodies come once, and keeping those would only be work for the
 * garbage collector. The first time leaves 32 bits in a table; a collision costs nothing but an early entry. Two bodies
 * with one checksum take turns.
 */
export class RequestMemo {
  readonly #entries = new LRUCache<number, Kept>({ max: MAX_ENTRIES, maxSize: MAX_BYTES });
  readonly #door = new Int32Array(DOOR_SLOTS);

  /** Of a body in one piece or in several. */
  digest(operation: OperationId, ...chunks: readonly Buffer[]): BodyDigest {
    let sum = SEEDS[operation];
    for (const chunk of chunks) sum = crc32(chunk, sum);
    return { operation, chunks, sum };
  }

  get({ operation, chunks, sum }: BodyDigest): MemoEntry | undefined {
    const kept = this.#entries.get(sum);
    return kept?.operation === operation && isSame(kept.body, chunks) ? kept.entry : undefined;
  }

  set({ operation, chunks, sum }: BodyDigest, entry: MemoEntry): void {
    if (!this.#seenBefore(sum, lengthOf(chunks))) return;
    const body = ownBytes(chunks);
    entry.keys ??= new Map();
    this.#entries.set(sum, { operation, body, entry }, { size: body.length + ENTRY_BYTES });
  }

  #seenBefore(sum: number, length: number): boolean {
    // Bodies of one length differ in the upper half of the checksum, others in the length as well.
    const print = (Math.imul(length, SPREAD) ^ sum) | 1;
    const slot = sum & (DOOR_SLOTS - 1);
    const seen = this.#door[slot] === print;
    this.#door[slot] = print;
    return seen;
  }
}

function lengthOf(chunks: readonly Buffer[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

function isSame(body: Buffer, chunks: readonly Buffer[]): boolean {
  if (lengthOf(chunks) !== body.length) return false;
  let from = 0;
  for (const chunk of chunks) {
    if (body.compare(chunk, 0, chunk.length, from, from + chunk.length) !== 0) return false;
    from += chunk.length;
  }
  return true;
}
