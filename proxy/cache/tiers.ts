import type { Clock } from '../core/clock.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { Barriers } from './barriers.ts';
import { isCacheKey, modelTag } from './key.ts';
import type { MemoryStore } from './memory-store.ts';
import { Replayer } from './replayer.ts';
import type { Generation, PurgeResult, Store } from './store.ts';
import type { CacheHit, Recording, Replay, ReplayRequest } from './types.ts';

export type PurgeTarget = 'all' | { readonly model: string } | { readonly key: string };

export interface CacheStats {
  /** Entries and bytes in this process's memory. */
  readonly entries: number;
  readonly bytes: number;
  readonly memoryHits: number;
  readonly redisHits: number;
  /** Lookups that found nothing fresh in any tier. */
  readonly misses: number;
  readonly stored: number;
}

export interface CacheParts {
  readonly memory: MemoryStore;
  /** The tier that replicas share, or a `NoneStore`. */
  readonly shared: Store;
  readonly barriers: Barriers;
  readonly clock: Clock;
  readonly protocols: Readonly<Record<OperationId, Protocol>>;
}

/** The cache as the pipeline sees it: memory over a shared store. Nothing here throws or rejects. */
export class Cache {
  readonly #memory: MemoryStore;
  readonly #shared: Store;
  readonly #barriers: Barriers;
  readonly #clock: Clock;
  readonly #replayer: Replayer;
  readonly #counts = { memoryHits: 0, redisHits: 0, misses: 0, stored: 0 };

  constructor(parts: CacheParts) {
    this.#memory = parts.memory;
    this.#shared = parts.shared;
    this.#barriers = parts.barriers;
    this.#clock = parts.clock;
    this.#replayer = new Replayer(parts.protocols, (recording, bytes) => this.#memory.grow(recording, bytes));
  }

  /**
   * For a request that does not read (`no-cache`): to be awaited before its `generation` is taken, or what it stores may
   * stay in this process. Costs a round trip only when Redis has not been read for this model yet.
   */
  prepare(key: string): Promise<void> {
    return this.#shared.prepare(key);
  }

  /** To be taken when a flight starts, and handed to `put` when it has landed. */
  generation(key: string): Generation {
    return { ...this.#shared.generation(key), epoch: this.#barriers.epoch };
  }

  /** A fresh answer from memory, at once. Finding none is not counted as a miss, because `fetch` follows. */
  peek(key: string): CacheHit | undefined {
    const recording = this.#memory.peek(key);
    if (recording === undefined || !this.#isFresh(recording)) return undefined;
    this.#counts.memoryHits += 1;
    return { recording, fresh: true, tier: 'memory' };
  }

  /** A fresh answer from any tier, else a stale one that is still kept; a promise only when a shared store is asked. */
  fetch(key: string): CacheHit | undefined | Promise<CacheHit | undefined> {
    const fresh = this.peek(key);
    if (fresh !== undefined) return fresh;
    const generation = this.generation(key);
    const found = this.#shared.get(key);
    if (!(found instanceof Promise)) return this.#hitOf(key, found, generation);
    return found.then((recording) => this.#hitOf(key, recording, generation));
  }

  /** What the shared store has found makes this of the lookup. */
  #hitOf(key: string, found: Recording | undefined, generation: Generation): CacheHit | undefined {
    if (found !== undefined && this.#isFresh(found)) {
      this.#counts.redisHits += 1;
      this.#memory.keep(key, found, generation);
      return { recording: found, fresh: true, tier: 'redis' };
    }
    this.#counts.misses += 1;
    const kept = this.#memory.peek(key);
    if (kept !== undefined) return { recording: kept, fresh: this.#isFresh(kept), tier: 'memory' };
    return found === undefined ? undefined : { recording: found, fresh: false, tier: 'redis' };
  }

  /** Keeps a recording in memory at once; resolves when the shared store has it too or has refused it. */
  async put(key: string, recording: Recording, generation: Generation): Promise<void> {
    if (!this.#barriers.admits(key, generation.epoch)) return;
    this.#counts.stored += 1;
    this.#memory.keep(key, recording, generation);
    await this.#shared.set(key, recording, generation);
  }

  replay(recording: Recording, request: ReplayRequest): Replay {
    return this.#replayer.replay(recording, request);
  }

  /**
   * Removes entries everywhere. Once this is called no entry from before appears in this process again; other replicas
   * follow when the news reaches them. `deleted` counts each entry once, in whichever tiers it was.
   */
  async purge(target: PurgeTarget): Promise<PurgeResult> {
    const prefix = prefixOf(target);
    if (prefix === undefined) return { deleted: 0, complete: true };
    const onlyInMemory = new Set(this.#memory.drop(prefix));
    const shared = await this.#shared.purge(prefix, (key) => onlyInMemory.delete(key));
    return { deleted: shared.deleted + onlyInMemory.size, complete: shared.complete };
  }

  stats(): CacheStats {
    return { entries: this.#memory.entries, bytes: this.#memory.bytes, ...this.#counts };
  }

  #isFresh(recording: Recording): boolean {
    return this.#clock.now() < recording.expiresAt;
  }
}

/** The prefix that the keys of a target share; undefined when no key can match. */
function prefixOf(target: PurgeTarget): string | undefined {
  if (target === 'all') return '';
  if ('model' in target) return `${modelTag(target.model)}.`;
  return isCacheKey(target.key) ? target.key : undefined;
}
