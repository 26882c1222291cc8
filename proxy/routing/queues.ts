import type { TimerClock } from '../core/clock.ts';
import { FairQueue, type QueueSettings, type WaitEnd } from './fair-queue.ts';
import { Slots } from './slots.ts';

/** The queues of a proxy: they outlive configurations. */
export class Queues {
  /** Of the requests that may run in the whole proxy. */
  readonly slots: Slots;
  readonly #clock: TimerClock;
  readonly #onWaited: (queue: string, end: WaitEnd, ms: number) => void;
  #settings: QueueSettings = { size: 0, timeoutMs: 0 };
  readonly #queues = new Map<string, FairQueue>();
  #isClosed = false;

  constructor(clock: TimerClock, onWaited: (queue: string, end: WaitEnd, ms: number) => void) {
    this.#clock = clock;
    this.#onWaited = onWaited;
    this.slots = new Slots(this.#make(SERVER));
  }

  configure(settings: QueueSettings, most: number | undefined): void {
    this.#settings = settings;
    for (const queue of this.#queues.values()) queue.configure(settings);
    this.slots.configure(most);
  }

  /** The queue of the endpoints of a model. */
  ofModel(name: string): FairQueue {
    return this.#queues.get(`model:${name}`) ?? this.#make(`model:${name}`);
  }

  /** How many wait where. */
  waiting(): readonly { readonly queue: string; readonly waiting: number }[] {
    return [...this.#queues].map(([queue, { size }]) => ({ queue, waiting: size }));
  }

  /** Refuses all that wait, and all that come. */
  close(): void {
    this.#isClosed = true;
    for (const queue of this.#queues.values()) queue.close();
  }

  #make(name: string): FairQueue {
    const queue = new FairQueue(this.#settings, this.#clock, (end, ms) => this.#onWaited(name, end, ms));
    if (this.#isClosed) queue.close();
    this.#queues.set(name, queue);
    return queue;
  }
}

const SERVER = 'server';
