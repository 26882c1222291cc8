import type { Config } from './config/config.ts';
import { RedisFlights } from './flights/redis-flights.ts';
import type { SharedFlights } from './flights/shared-flights.ts';
import type { RedisClient } from './redis/client.ts';

/** Over what generations are shared with other processes, as `cache.share_generations` says. */
export class GenerationSharing {
  readonly #redis: RedisFlights | undefined;
  readonly #workers: SharedFlights | undefined;

  /** `workers`: over what the workers of one proxy share, where there is no Redis. */
  constructor({ cache }: Config, redis: RedisClient | undefined, workers: SharedFlights | undefined) {
    this.#workers = workers;
    const secret = cache.key && Buffer.from(cache.key.reveal(), 'latin1');
    this.#redis = redis && new RedisFlights({ client: redis, ...(secret ? { secret } : {}) });
  }

  /** What the generations of this configuration are shared over; undefined where each process makes its own. */
  under({ cache }: Config): SharedFlights | undefined {
    if (cache.shareGenerations !== 'replicas') return undefined;
    if (this.#redis && !this.#redis.isStarted) void this.#redis.start();
    return this.#redis ?? this.#workers;
  }

  close(): void {
    if (this.#redis?.isStarted) this.#redis.close();
  }
}
