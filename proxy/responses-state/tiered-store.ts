import { ProxyError } from '../core/errors.ts';
import type { Place, StateStore } from './store.ts';

/**
 * State on Redis, and a copy of what this process has written in its memory: while Redis does not answer, what was made
 * here can be read and gone on from. What is changed or deleted must reach Redis.
 */
export class TieredStateStore implements StateStore {
  readonly #shared: StateStore;
  readonly #own: StateStore;

  constructor(shared: StateStore, own: StateStore) {
    this.#shared = shared;
    this.#own = own;
  }

  async get(place: Place): Promise<Buffer | undefined> {
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
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }

  async update(
    place: Place,
    change: (current: Buffer | undefined) => Buffer | undefined,
    ttlMs: number,
  ): Promise<boolean> {
    let latest: Buffer | undefined;
    const changed = await this.#shared.update(place, (current) => (latest = change(current)), ttlMs);
    if (changed && latest !== undefined) await this.#own.put(place, latest, ttlMs);
    return changed;
  }

  async delete(place: Place): Promise<boolean> {
    const there = await this.#shared.delete(place);
    await this.#own.delete(place);
    return there;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ProxyError && error.code === 'state_unavailable';
}
