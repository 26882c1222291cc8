import type { Config } from './config/config.ts';
import { RedisFlights } from './flights/redis-flights.ts';
import type { SharedFlights } from './flights/shared-flights.ts';
import type { RedisClient } from './redis/client.ts';

/** Over what generations are shared with other processes, as `cache.share_generations` says. */
export class GenerationSharing {
  readonly #redis: RedisFlights | undefined;

  constructor({ cache }: Config, redis: RedisClient | undefined) {
    const secret = cache.key && Buffer.from(cache.key.reveal(), 'latin1');
    this.#redis = redis && new RedisFlights({ client: redis, ...(secret ? { secret } : {}) });
  }

  /** What the generations of this configuration are shared over; undefined where each process makes its own. */
  under({ cache }: Config): SharedFlights | undefined {
    if (cache.shareGenerations !== 'replicas') return undefined;
    if (this.#redis && !this.#redis.isStarted) void this.#redis.start();
    return this.#redis;
  }

  close(): void {
    if (this.#redis?.isStarted) this.#redis.close();
  }
}
