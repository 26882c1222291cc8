import type { Clock } from '../core/clock.ts';
import type { OperationId, Protocol } from '../protocols/types.ts';
import type { RedisClient } from '../redis/client.ts';
import { Barriers } from './barriers.ts';
import { MemoryStore } from './memory-store.ts';
import { NoneStore } from './none-store.ts';
import { RedisStore } from './redis-store.ts';
import { Cache } from './tiers.ts';

export interface CacheOptions {
  /** Bound on what this process holds, in bytes; 0 = nothing is held in memory. */
  readonly memoryBytes: number;
  /** How long an entry is kept past its end, for `stale-if-error`, in milliseconds. */
  readonly staleMs: number;
  readonly clock: Clock;
  readonly protocols: Readonly<Record<OperationId, Protocol>>;
  /** Absent = memory only. */
  readonly redis?: RedisClient;
}

/** The one place where the tiers are put together. */
export function createCache(options: CacheOptions): Cache {
  const { clock, staleMs, protocols, redis: client } = options;
  const barriers = new Barriers();
  const memory = new MemoryStore({ maxBytes: options.memoryBytes, staleMs, clock, barriers });
  const onPurged = (prefix: string): unknown => memory.drop(prefix);
  const shared = client ? new RedisStore({ client, clock, staleMs, barriers, onPurged }) : new NoneStore();
  return new Cache({ memory, shared, barriers, clock, protocols });
}
