import { LRUCache } from 'lru-cache';
import type { CancelTimer, TimerClock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Awaitable } from '../limits/types.ts';
import type { MadeObject, ObjectOwners, ObjectRow, ObjectStore, OwnedObject } from './types.ts';

export interface StoredOwnersOptions {
  readonly clock: TimerClock;
  readonly store: ObjectStore;
  /** Ids whose owner is held in memory, and ids that are known to have none, at the most each. Default 50 000. */
  readonly maxEntries?: number;
  /** Ids that may wait to be written; one more is dropped. Default 100 000. */
  readonly capacity?: number;
  /** Hears of a batch that could not be written; it waits and is tried again. */
  onTrouble?(error: unknown, waiting: number): void;
}

const MAX_ENTRIES = 50_000;
const CAPACITY = 100_000;
const BATCH = 500;
/** Short: another replica may ask for what was made here. */
const DELAY_MS = 20;
const LONGEST_PAUSE_MS = 5_000;
/** How long an owner is taken from memory: another replica may have forgotten the id. */
const KNOWN_MS = 600_000;
/** How long an id without an owner is not looked up again: another replica may have made it since. */
const ABSENT_MS = 2_000;
const DAY_MS = 86_400_000;
/** Longer than any provider's id; clients choose what they send. */
const MAX_ID_LENGTH = 512;

/** Owners in memory, and behind them in a store that is written to behind the requests. */
export class StoredOwners implements ObjectOwners {
  readonly #options: StoredOwnersOptions;
  readonly #known: LRUCache<string, OwnedObject>;
  readonly #absent: LRUCache<string, true>;
  readonly #made = new Map<string, ObjectRow>();
  readonly #gone = new Set<string>();
  readonly #used = new Set<string>();
  #limit = BATCH;
  #pause = DELAY_MS;
  #dropped = 0;
  #cancel: CancelTimer | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: StoredOwnersOptions) {
    this.#options = options;
    const { clock, maxEntries: max = MAX_ENTRIES } = options;
    const perf = { now: () => clock.now() };
    this.#known = new LRUCache({ max, ttl: KNOWN_MS, ttlResolution: 0, perf });
    this.#absent = new LRUCache({ max, ttl: ABSENT_MS, ttlResolution: 0, perf });
  }

  /** Ids that wait to be written, and ids that found no room or that the store refused. */
  get stats(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#made.size, dropped: this.#dropped };
  }

  remember(ids: readonly string[], { owner, endpoint, kind, credential }: MadeObject): void {
    for (const id of ids) {
      if (!isId(id) || this.#made.has(id) || this.#known.has(id)) continue;
      if (this.#closed || this.#made.size >= (this.#options.capacity ?? CAPACITY)) {
        this.#dropped += 1;
        continue;
      }
      const at = this.#options.clock.now();
      this.#absent.delete(id);
      this.#known.set(id, { owner, endpoint, credential });
      this.#made.set(id, { id, owner, endpoint, kind, credential, createdAt: at, usedAt: at });
      this.#schedule(DELAY_MS);
    }
  }

  forget(id: string): void {
    if (!isId(id)) return;
    this.#made.delete(id);
    this.#known.delete(id);
    if (this.#closed || this.#gone.size >= (this.#options.capacity ?? CAPACITY)) return;
    this.#gone.add(id);
    this.#schedule(DELAY_MS);
  }

  find(ids: readonly string[]): Awaitable<ReadonlyMap<string, OwnedObject>> {
    const found = new Map<string, OwnedObject>();
    const unknown: string[] = [];
    for (const id of ids) {
      const known = this.#made.get(id) ?? this.#known.get(id);
      if (known) found.set(id, known);
      else if (isId(id) && !this.#gone.has(id) && !this.#absent.has(id)) unknown.push(id);
    }
    return unknown.length === 0 ? found : this.#load(unknown, found);
  }

  /** Writes what waits. Resolves when it is written or the store has refused once. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#write();
  }

  /** Writes what waits, once, and stops. Returns how many ids are lost. */
  async close(): Promise<number> {
    this.#closed = true;
    await this.flush();
    this.#cancel?.();
    return this.#made.size;
  }

  async #load(ids: readonly string[], found: Map<string, OwnedObject>): Promise<ReadonlyMap<string, OwnedObject>> {
    const { store, clock } = this.#options;
    let rows: readonly ObjectRow[];
    try {
      rows = await store.find(ids);
    } catch (error) {
      this.#options.onTrouble?.(error, this.#made.size);
      const message = 'The database cannot be asked now who owns what the request names. Try again.';
      throw new ProxyError('store_unavailable', message, { headers: { 'retry-after': '1' }, cause: error });
    }
    const stale = clock.now() - DAY_MS;
    for (const { id, owner, endpoint, credential, usedAt } of rows) {
      found.set(id, { owner, endpoint, credential });
      this.#known.set(id, { owner, endpoint, credential });
      if (usedAt < stale) this.#used.add(id);
    }
    for (const id of ids) {
      // It may have been made while the store was asked.
      const made = this.#made.get(id);
      if (made) found.set(id, made);
      else if (!found.has(id)) this.#absent.set(id, true);
    }
    if (this.#used.size > 0) this.#schedule(DELAY_MS);
    return found;
  }

  #schedule(ms: number): void {
    if (this.#cancel !== undefined || this.#writing !== undefined) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#cancel = undefined;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (!this.#closed && this.#made.size + this.#gone.size > 0) this.#schedule(this.#pause);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { store, clock } = this.#options;
    try {
      await this.#removeGone(store);
      const used = [...this.#used];
      this.#used.clear();
      if (used.length > 0) await store.used(used, clock.now());
    } catch (error) {
      this.#options.onTrouble?.(error, this.#made.size);
      this.#slowDown();
      return;
    }
    while (this.#made.size > 0) {
      const rows = [...this.#made.values()].slice(0, this.#limit);
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      if (!(await this.#insert(rows))) return;
    }
  }

  async #removeGone(store: ObjectStore): Promise<void> {
    const gone = [...this.#gone];
    if (gone.length === 0) return;
    await store.remove(gone);
    for (const id of gone) this.#gone.delete(id);
  }

  /** Returns whether to go on at once. */
  async #insert(rows: readonly ObjectRow[]): Promise<boolean> {
    const { store } = this.#options;
    try {
      const others = await store.insert(rows);
      for (const row of rows) if (this.#made.get(row.id) === row) this.#made.delete(row.id);
      // Another replica was first: what is stored holds.
      for (const { id, owner, endpoint, credential } of others) this.#known.set(id, { owner, endpoint, credential });
      this.#pause = DELAY_MS;
      this.#limit = Math.min(this.#limit * 2, BATCH);
      return true;
    } catch (error) {
      this.#options.onTrouble?.(error, this.#made.size);
      if (store.isAway(error)) {
        this.#slowDown();
        return false;
      }
      // A row that the store never takes must not hold the others up.
      const [first] = rows;
      if (rows.length === 1 && first) {
        this.#made.delete(first.id);
        this.#dropped += 1;
      }
      this.#limit = Math.max(1, Math.ceil(rows.length / 2));
      return true;
    }
  }

  #slowDown(): void {
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }
}

function isId(id: string): boolean {
  return id.length > 0 && id.length <= MAX_ID_LENGTH;
}
