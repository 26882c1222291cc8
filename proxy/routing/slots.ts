import type { FairQueue } from './fair-queue.ts';

/** A number of requests that may run at the same time, and a queue of those that wait for one of them to end. */
export class Slots {
  readonly queue: FairQueue;
  #most = Infinity;
  #used = 0;

  constructor(queue: FairQueue) {
    this.queue = queue;
    queue.hasRoom = () => this.#used < this.#most;
  }

  /** Requests that run. */
  get used(): number {
    return this.#used;
  }

  /** Takes the number of a new configuration; undefined = any. */
  configure(most: number | undefined): void {
    this.#most = most ?? Infinity;
    this.queue.wakeSoon();
  }

  /** False where as many run as may. */
  take(): boolean {
    if (this.#used >= this.#most) return false;
    this.#used += 1;
    return true;
  }

  giveBack(): void {
    this.#used -= 1;
    this.queue.wakeSoon();
  }
}
