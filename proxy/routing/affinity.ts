import { LRUCache } from 'lru-cache';

import type { Clock } from '../core/clock.ts';

/** A store that replicas share. Its failures count as "not found"; writes are not waited for. */
export interface SharedStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): unknown;
}

export interface AffinityOptions {
  readonly clock: Clock;
  readonly shared?: SharedStore;
  /** Ids held in memory; the least recently used one goes first. Default 50 000. */
  readonly maxEntries?: number;
  /** How long an id is remembered after it was last seen, in milliseconds. Default 6 hours. */
  readonly ttlMs?: number;
}

const DEFAULT_ENTRIES = 50_000;
const DEFAULT_TTL_MS = 6 * 3_600_000;
/** Longer than any provider's id; clients choose what they send, so what is longer is not looked up. */
const MAX_ID_LENGTH = 512;
/** Ids of one request that are asked of the shared store. */
const MAX_SHARED_LOOKUPS = 4;

/** Which endpoint made a response or an encrypted item, and so is the only one that can read it back. */
export class Affinity {
  readonly #memory: LRUCache<string, string>;
  readonly #shared: SharedStore | undefined;
  readonly #ttlMs: number;

  constructor(options: AffinityOptions) {
    this.#shared = options.shared;
    this.#ttlMs = options.ttlMs ?? DEFAULT_TTL_MS;
    this.#memory = new LRUCache({
      max: options.maxEntries ?? DEFAULT_ENTRIES,
      ttl: this.#ttlMs,
      ttlResolution: 0,
      perf: { now: () => options.clock.now() },
    });
  }

  /** Remembers the ids of an answer, also after a cache hit, so that they live as long as they are used. */
  remember(ids: readonly string[], endpointId: string): void {
    for (const id of ids) {
      if (!isId(id)) continue;
      this.#memory.set(id, endpointId);
      if (this.#shared !== undefined) void attempt(this.#shared.set.bind(this.#shared, id, endpointId, this.#ttlMs));
    }
  }

  /** The owner as this process knows it. The last id decides: it is the latest in a conversation. */
  peek(ids: readonly string[]): string | undefined {
    for (const id of ids.toReversed()) {
      const owner = isId(id) ? this.#memory.get(id) : undefined;
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  /** The owner, asking the shared store when this process does not know. Never rejects. */
  async find(ids: readonly string[]): Promise<string | undefined> {
    const known = this.peek(ids);
    const shared = this.#shared;
    if (known !== undefined || shared === undefined) return known;
    const asked = ids.filter(isId).slice(-MAX_SHARED_LOOKUPS).toReversed();
    const found = await Promise.all(
      asked.map(async (id) => ({ id, owner: await attempt(shared.get.bind(shared, id)) })),
    );
    for (const { id, owner } of found) {
      if (typeof owner !== 'string') continue;
      this.#memory.set(id, owner);
      return owner;
    }
    return undefined;
  }
}

function isId(id: string): boolean {
  return id.length > 0 && id.length <= MAX_ID_LENGTH;
}

async function attempt<T>(call: () => T): Promise<Awaited<T> | undefined> {
  try {
    return await call();
  } catch {
    return undefined;
  }
}
