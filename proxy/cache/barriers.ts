import { LRUCache } from 'lru-cache';
import { tagPrefix } from './key.ts';

const MAX_MARKS = 10_000;

/**
 * Which purges a flight has lived through.
 *
 * The race: a flight starts, a purge removes the entries, the flight lands and stores what was generated before the
 * purge. So each flight notes the epoch at its start, each purge opens a new epoch, and an entry is admitted only when
 * no purge that concerns it has happened since.
 */
export class Barriers {
  #epoch = 0;
  #all = 0;
  readonly #marks = new LRUCache<string, number>({
    max: MAX_MARKS,
    // A forgotten mark is kept as a mark on everything: more is refused than need be, never less.
    dispose: (epoch, _prefix, reason) => {
      if (reason === 'evict') this.#all = Math.max(this.#all, epoch);
    },
  });

  get epoch(): number {
    return this.#epoch;
  }

  /** Marks all keys that start with `prefix` ('' = all, a model's tag, a whole key) as purged now. */
  raise(prefix: string): void {
    this.#epoch += 1;
    if (prefix === '') this.#all = this.#epoch;
    else this.#marks.set(prefix, this.#epoch);
  }

  /** Whether what began at `epoch` is untouched by any purge of this key. */
  admits(key: string, epoch: number): boolean {
    if (epoch < this.#all) return false;
    return epoch >= (this.#marks.get(tagPrefix(key)) ?? 0) && epoch >= (this.#marks.get(key) ?? 0);
  }
}
