import type { Clock } from '../core/clock.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { RedisClient } from '../redis/client.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { MemoryStore } from './memory-store.ts';
import { NoneStore } from './none-store.ts';
import { RedisStore } from './redis-store.ts';
import type { Store } from './store.ts';
import { Cache } from './tiers.ts';

export interface CacheOptions {
  /** Bound on what this process holds, in bytes; 0 = nothing is held in memory. */
  readonly memoryBytes: number;
  /** How long an entry is kept past its end, to be served stale, in milliseconds. */
  readonly staleMs: number;
  readonly clock: Clock;
  readonly protocols: Readonly<Record<OperationId, Protocol>>;
  /** Absent = memory only. */
  readonly redis?: RedisClient;
  /** What lies below memory where there is no Redis; absent = nothing. */
  readonly below?: Store;
  /** The secret that entries on Redis are sealed with; absent = a checksum alone. */
  readonly secret?: Buffer;
}

/** The one place where the tiers are put together. */
export function createCache(options: CacheOptions): Cache {
  const { clock, staleMs, protocols, redis: client } = options;
  const purges = new PurgeEpochs();
  const memory = new MemoryStore({ maxBytes: options.memoryBytes, staleMs, clock, purges });
  const onPurged = (prefix: string): void => memory.drop(prefix).release();
  const seal = options.secret ? { secret: options.secret } : {};
  const shared = client
    ? new RedisStore({ client, clock, staleMs, purges, onPurged, ...seal })
    : (options.below ?? new NoneStore());
  return new Cache({ memory, shared, purges, clock, protocols });
}
