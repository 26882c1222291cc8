import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { EntryAges } from './entry-ages.ts';
import { type EntryFinding, findingOf } from './entry-finding.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { PurgeEpochs } from './purge-epochs.ts';
import { isCacheKey, modelTag } from './key.ts';
import type { MemoryStore } from './memory-store.ts';
import { mayAnswer } from './policy.ts';
import { isRefusalOf } from './refusal.ts';
import { readyFormOf } from './ready-form.ts';
import { Replayer } from './replayer.ts';
import type { PurgeMark, PurgeResult, Store } from './store.ts';
import { currentEndpoint } from './target.ts';
import type { CacheHit, LookupTerms, Recording, Replay, ReplayRequest } from './types.ts';

export type PurgeTarget = 'all' | { readonly model: string } | { readonly key: string };

export interface CacheStats {
  /** Entries and bytes in this process's memory. */
  readonly entries: number;
  readonly bytes: number;
  /** Entries that have left memory to make room. */
  readonly evictions: number;
  /** Requests that were answered from memory, and from Redis. */
  readonly memoryHits: number;
  readonly redisHits: number;
  /** Requests that looked for an answer and found none in any tier. */
  readonly misses: number;
  readonly stored: number;
}

/** Of the entries in this process's memory. */
export interface InMemory {
  /** Bound on all of them, in bytes. */
  readonly limitBytes: number;
  readonly models: readonly { readonly model: string; readonly entries: number; readonly bytes: number }[];
  readonly ages: EntryAges;
}

export interface CacheParts {
  readonly memory: MemoryStore;
  /** The tier that replicas share, or a `NoneStore`. */
  readonly shared: Store;
  readonly purges: PurgeEpochs;
  readonly clock: Clock;
  readonly protocols: Readonly<Record<OperationId, Protocol>>;
}

interface Lookup {
  readonly terms: LookupTerms;
  readonly mark: PurgeMark;
}

/** Answers that are known to be deleted at their provider, at the most. */
const MAX_FORGOTTEN = 10_000;

/** The cache as the pipeline sees it: memory over a shared store. Nothing here throws or rejects. */
export class Cache {
  readonly #memory: MemoryStore;
  readonly #shared: Store;
  readonly #purges: PurgeEpochs;
  readonly #clock: Clock;
  readonly #protocols: CacheParts['protocols'];
  readonly #replayer: Replayer;
  readonly #counts = { memoryHits: 0, redisHits: 0, misses: 0, stored: 0 };
  /** The epoch in which each answer was forgotten. */
  readonly #forgotten = new LRUCache<string, number>({ max: MAX_FORGOTTEN });

  constructor(parts: CacheParts) {
    this.#memory = parts.memory;
    this.#shared = parts.shared;
    this.#purges = parts.purges;
    this.#clock = parts.clock;
    this.#protocols = parts.protocols;
    this.#replayer = new Replayer(parts.protocols, (recording, bytes) => this.#memory.grow(recording, bytes));
  }

  /**
   * For a request that does not read (`no-cache`): to be awaited before its `mark` is taken, or what it stores may
   * stay in this process. Costs a round trip only when Redis has not been read for this model yet.
   */
  prepare(key: string): Promise<void> {
    return this.#shared.prepare(key);
  }

  /** To be taken when an upstream generation starts, and handed to `put` when it has ended. */
  mark(key: string): PurgeMark {
    return { ...this.#shared.mark(key), epoch: this.#purges.epoch };
  }

  /** An answer from memory that this request may have, at once. */
  peek(key: string, terms: LookupTerms): CacheHit | undefined {
    const hit = this.#hitOf(this.#memory.peek(key), terms, 'memory');
    return hit?.fresh === true ? hit : undefined;
  }

  /**
   * An answer from any tier that this request may have, else one that is too old for it and may stand in for a failure
   * (`fresh: false`); a promise only when a shared store is asked.
   */
  fetch(key: string, terms: LookupTerms): CacheHit | undefined | Promise<CacheHit | undefined> {
    const near = this.peek(key, terms);
    if (near !== undefined) return near;
    const mark = this.mark(key);
    const found = this.#shared.get(key);
    if (!(found instanceof Promise)) return this.#choose(key, found, { terms, mark });
    return found.then((recording) => this.#choose(key, recording, { terms, mark }));
  }

  /** To be called once for each request that has looked for an answer, with what it was answered from. */
  count(hit: CacheHit | undefined): void {
    if (hit === undefined) this.#counts.misses += 1;
    else if (hit.tier === 'memory') this.#counts.memoryHits += 1;
    else this.#counts.redisHits += 1;
  }

  /** Decides between what the shared store has found and what memory has. */
  #choose(key: string, found: Recording | undefined, lookup: Lookup): CacheHit | undefined {
    const { terms, mark } = lookup;
    const isDeleted = found?.answerId !== undefined && this.#forgotten.has(found.answerId);
    const far = isDeleted ? undefined : this.#hitOf(found, terms, 'redis');
    if (far?.fresh === true) {
      this.#memory.keep(key, far.recording, mark);
      return far;
    }
    return this.#hitOf(this.#memory.peek(key), terms, 'memory') ?? far;
  }

  /** The recording as a hit of this request; undefined when there is none or the model no longer has its target. */
  #hitOf(recording: Recording | undefined, terms: LookupTerms, tier: CacheHit['tier']): CacheHit | undefined {
    if (recording === undefined) return undefined;
    const endpoint = currentEndpoint(recording, terms.targets);
    if (endpoint === undefined) return undefined;
    const fresh = mayAnswer(recording, terms.controls, this.#clock.now());
    // A refusal stands in for nothing else.
    if (recording.refusal && !(fresh && isRefusalOf(recording, terms.request))) return undefined;
    return { recording, fresh, tier, endpoint };
  }

  /** Keeps a recording in memory at once; resolves when the shared store has it too or has refused it. */
  async put(key: string, recording: Recording, mark: PurgeMark): Promise<void> {
    if (!this.#purges.isCurrent(key, mark.epoch) || this.#isDeleted(recording, mark)) return;
    this.#counts.stored += 1;
    const ready = readyFormOf(this.#protocols[recording.operation], recording);
    const stored = ready ? { ...recording, ready } : recording;
    this.#memory.keep(key, stored, mark);
    await this.#shared.set(key, stored, mark);
  }

  /** Whether the provider has deleted the answer since its generation began. */
  #isDeleted({ answerId }: Recording, { epoch }: PurgeMark): boolean {
    return answerId !== undefined && epoch < (this.#forgotten.get(answerId) ?? 0);
  }

  /**
   * Removes the entries of an answer that its provider has deleted or no longer knows. Once this is called no lookup of
   * this process gives the answer out; other replicas follow when the message reaches them.
   */
  async forgetAnswer(answerId: string): Promise<void> {
    const keys = this.forgetHere(answerId);
    await Promise.all([...keys.map((key) => this.#shared.purge(key)), this.#shared.forgetAnswer(answerId)]);
  }

  /** Removes the entries of an answer from the memory of this process, and returns their keys. */
  forgetHere(answerId: string): readonly string[] {
    this.#forgotten.set(answerId, this.#purges.open());
    const keys = this.#memory.keysOf(answerId);
    for (const key of keys) this.#memory.drop(key);
    return keys;
  }

  /** Removes entries from the memory of this process, at once; returns how many. */
  drop(target: PurgeTarget): number {
    const prefix = prefixOf(target);
    if (prefix === undefined) return 0;
    const dropped = this.#memory.drop(prefix);
    dropped.release();
    return dropped.entries;
  }

  replay(recording: Recording, request: ReplayRequest): Replay {
    return this.#replayer.replay(recording, request);
  }

  /**
   * Removes entries everywhere. Once this is called no entry from before appears in this process again; other replicas
   * follow when the message reaches them. `deleted` counts each entry once, in whichever tiers it was.
   */
  async purge(target: PurgeTarget): Promise<PurgeResult> {
    const prefix = prefixOf(target);
    if (prefix === undefined) return { deleted: 0, complete: true };
    const dropped = this.#memory.drop(prefix);
    let inBoth = 0;
    const shared = await this.#shared.purge(prefix, (key) => {
      if (dropped.take(key)) inBoth += 1;
    });
    dropped.release();
    return { deleted: shared.deleted + dropped.entries - inBoth, complete: shared.complete };
  }

  /**
   * What the tiers have under a key, and whether a request on these terms may have it. It counts for nothing: not as a use of the entry, not
   * as a hit or a miss.
   */
  async inspect(key: string, terms: LookupTerms): Promise<readonly EntryFinding[]> {
    const near = this.#memory.look(key);
    const far = await this.#shared.get(key);
    const now = this.#clock.now();
    const isDeleted = far?.answerId !== undefined && this.#forgotten.has(far.answerId);
    return [
      ...(near ? [findingOf(key, near, 'memory', { terms, now })] : []),
      ...(far && !isDeleted ? [findingOf(key, far, 'redis', { terms, now })] : []),
    ];
  }

  /** What this process has in memory: of how much, of which models, how old. */
  async inMemory(): Promise<InMemory> {
    const models = [...this.#memory.byModel()].map(([model, held]) => ({ model, ...held }));
    return { limitBytes: this.#memory.maxBytes, models, ages: await this.#memory.ages() };
  }

  stats(): CacheStats {
    return {
      entries: this.#memory.entries,
      bytes: this.#memory.bytes,
      evictions: this.#memory.evictions,
      ...this.#counts,
    };
  }
}

/** The prefix that the keys of a target share; undefined when no key can match. */
function prefixOf(target: PurgeTarget): string | undefined {
  if (target === 'all') return '';
  if ('model' in target) return `${modelTag(target.model)}.`;
  return isCacheKey(target.key) ? target.key : undefined;
}
