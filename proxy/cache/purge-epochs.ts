import { LRUCache } from 'lru-cache';
import { tagPrefix } from './key.ts';

const MAX_MARKS = 10_000;

/**
 * Orders purges and upstream generations.
 *
 * The race: a generation starts, a purge removes the entries, the generation ends and stores what was made before the
 * purge. So each generation notes the epoch at its start, each purge opens a new epoch, and an entry is stored only when
 * no purge that concerns it has been recorded since.
 */
export class PurgeEpochs {
  #epoch = 0;
  #all = 0;
  readonly #marks = new LRUCache<string, number>({
    max: MAX_MARKS,
    // A mark that is evicted becomes a mark on everything: more is refused than need be, never less.
    dispose: (epoch, _prefix, reason) => {
      if (reason === 'evict') this.#all = Math.max(this.#all, epoch);
    },
  });

  get epoch(): number {
    return this.#epoch;
  }

  /** Marks all keys that start with `prefix` ('' = all, a model's tag, a whole key) as purged now. */
  record(prefix: string): void {
    const epoch = this.open();
    if (prefix === '') this.#all = epoch;
    else this.#marks.set(prefix, epoch);
  }

  /** Opens a new epoch without marking any key, and returns it. */
  open(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Whether no purge of this key has been recorded after `epoch`. */
  isCurrent(key: string, epoch: number): boolean {
    if (epoch < this.#all) return false;
    return epoch >= (this.#marks.get(tagPrefix(key)) ?? 0) && epoch >= (this.#marks.get(key) ?? 0);
  }
}
