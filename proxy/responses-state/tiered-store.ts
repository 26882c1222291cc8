import { LRUCache } from 'lru-cache';
import { ProxyError } from '../core/errors.ts';
import type { Place, StateStore } from './store.ts';

/** Places that are remembered because Redis did not take what was put there. */
const MOST_UNSHARED = 10_000;

/**
 * State on Redis, and a copy of what this process has written in its memory: while Redis does not answer, what was made
 * here can be read and gone on from. What Redis did not take is this process's alone until it does. What others may have
 * is changed and deleted on Redis, or not at all.
 */
export class TieredStateStore implements StateStore {
  readonly #shared: StateStore;
  readonly #own: StateStore;
  readonly #unshared = new LRUCache<string, true>({ max: MOST_UNSHARED });

  constructor(shared: StateStore, own: StateStore) {
    this.#shared = shared;
    this.#own = own;
  }

  async get(place: Place): Promise<Buffer | undefined> {
    if (this.#isUnshared(place)) return this.#own.get(place);
    try {
      return await this.#shared.get(place);
    } catch (error) {
      const copy = isUnavailable(error) ? await this.#own.get(place) : undefined;
      if (copy === undefined) throw error;
      return copy;
    }
  }

  async put(place: Place, value: Buffer, ttlMs: number): Promise<void> {
    await this.#own.put(place, value, ttlMs);
    try {
      await this.#shared.put(place, value, ttlMs);
      this.#unshared.delete(nameOf(place));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#unshared.set(nameOf(place), true);
    }
  }

  async update(
    place: Place,
    change: (current: Buffer | undefined) => Buffer | undefined,
    ttlMs: number,
  ): Promise<boolean> {
    let latest: Buffer | undefined;
    const noting = (current: Buffer | undefined): Buffer | undefined => (latest = change(current));
    const isUnshared = this.#isUnshared(place);
    const changed = await (isUnshared ? this.#own : this.#shared).update(place, noting, ttlMs);
    if (!changed || latest === undefined) return changed;
    if (isUnshared) await this.put(place, latest, ttlMs);
    else await this.#own.put(place, latest, ttlMs);
    return true;
  }

  async delete(place: Place): Promise<boolean> {
    const isUnshared = this.#unshared.delete(nameOf(place));
    const there = isUnshared || (await this.#shared.delete(place));
    const copy = await this.#own.delete(place);
    return isUnshared ? copy : there;
  }

  #isUnshared(place: Place): boolean {
    return this.#unshared.has(nameOf(place));
  }
}

function nameOf({ scope, kind, id }: Place): string {
  return JSON.stringify([kind, scope, id]);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ProxyError && error.code === 'state_unavailable';
}
