import { LRUCache } from 'lru-cache';
import type { PurgeMark, PurgeResult, Store } from '../../proxy/cache/store.ts';
import type { Recording } from '../../proxy/cache/types.ts';
import type { TimerClock } from '../../proxy/core/clock.ts';
import type { RedisCounts } from './redis-counts.ts';

/** As a Redis that is full: the least recently used answer goes first. */
const MAX_ANSWERS = 20_000;

export interface SharedAnswersOptions {
  readonly clock: TimerClock;
  readonly counts: RedisCounts;
  /** Milliseconds of a command, there and back. */
  readonly roundTripMs: number;
}

/** Stands for the Redis that all replicas look answers up in. */
export class SharedAnswers implements Store {
  readonly #options: SharedAnswersOptions;
  readonly #answers = new LRUCache<string, Recording>({ max: MAX_ANSWERS });

  constructor(options: SharedAnswersOptions) {
    this.#options = options;
  }

  prepare(_key: string): Promise<void> {
    return Promise.resolve();
  }

  mark(_key: string): PurgeMark {
    return { epoch: 0, shared: 'tokens' };
  }

  get(key: string): Promise<Recording | undefined> {
    this.#options.counts.lookups += 1;
    return this.#answered(() => this.#answers.get(key));
  }

  set(key: string, recording: Recording, _mark: PurgeMark): Promise<boolean> {
    this.#options.counts.stores += 1;
    return this.#answered(() => {
      this.#answers.set(key, recording);
      return true;
    });
  }

  purge(_prefix: string): Promise<PurgeResult> {
    return Promise.resolve({ deleted: 0, complete: true });
  }

  forgetAnswer(_answerId: string): Promise<void> {
    return Promise.resolve();
  }

  /** Redis carries the command out halfway through the round trip. */
  #answered<T>(command: () => T): Promise<T> {
    const { clock, roundTripMs } = this.#options;
    return new Promise((resolve) => {
      clock.after(roundTripMs / 2, () => {
        const answer = command();
        clock.after(roundTripMs / 2, () => resolve(answer));
      });
    });
  }
}
