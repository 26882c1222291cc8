import type { TimerClock } from '../../proxy/core/clock.ts';
import type { SharedChange, SharedHealth } from '../../proxy/routing/shared-health.ts';
import type { RedisCounts } from './redis-counts.ts';

/** As in `proxy/redis/shared-health.ts`. */
const RELOAD_MS = 15_000;

type Listener = (endpoint: string, change: unknown) => void;

/** A replica as the bus sees it. */
interface Subscriber {
  readonly listener: Listener;
  /** The last change of each endpoint that was handed on. */
  readonly heard: Map<string, SharedChange>;
}

interface Kept {
  readonly change: SharedChange;
  readonly by: Subscriber | undefined;
}

export interface HealthBusOptions {
  readonly clock: TimerClock;
  readonly counts: RedisCounts;
  /** Milliseconds from a replica over Redis to the others. */
  readonly delayMs: number;
  /** Replicas that share: their reloads are spread over the time between two of them. */
  readonly replicas: number;
}

/** Stands for the Redis over which replicas share health: each change is kept, announced, and read again at times. */
export class HealthBus {
  readonly #options: HealthBusOptions;
  readonly #subscribers: Subscriber[] = [];
  readonly #kept = new Map<string, Kept>();

  constructor(options: HealthBusOptions) {
    this.#options = options;
  }

  /** The bus as one replica has it. */
  forReplica(): SharedHealth {
    let own: Subscriber | undefined;
    return {
      publish: (endpoint, change) => this.#publish(endpoint, change, own),
      subscribe: (listener) => {
        own = { listener, heard: new Map() };
        this.#subscribers.push(own);
        this.#reloadLater(own, (RELOAD_MS * this.#subscribers.length) / this.#options.replicas);
        return () => undefined;
      },
      load: () => {
        this.#options.counts.reloads += 1;
        return Promise.resolve([]);
      },
    };
  }

  #publish(endpoint: string, change: SharedChange, by: Subscriber | undefined): void {
    const { clock, counts, delayMs } = this.#options;
    counts.changes += 1;
    const kept = this.#kept.get(endpoint);
    if (kept !== undefined && kept.change.at > change.at) return;
    this.#kept.set(endpoint, { change, by });
    clock.after(delayMs, () => {
      for (const subscriber of this.#subscribers) if (subscriber !== by) this.#hand(subscriber, endpoint, change);
    });
  }

  #hand(subscriber: Subscriber, endpoint: string, change: SharedChange): void {
    if (subscriber.heard.get(endpoint) === change) return;
    this.#options.counts.messages += 1;
    subscriber.heard.set(endpoint, change);
    subscriber.listener(endpoint, change);
  }

  #reloadLater(subscriber: Subscriber, ms: number): void {
    this.#options.clock.after(ms, () => {
      this.#options.counts.reloads += 1;
      for (const [endpoint, { change, by }] of this.#kept) {
        if (by !== subscriber && subscriber.heard.get(endpoint) !== change) this.#hand(subscriber, endpoint, change);
      }
      this.#reloadLater(subscriber, RELOAD_MS);
    });
  }
}
