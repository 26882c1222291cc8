import { Redis } from 'ioredis';
import type { Random } from '../core/random.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * A connection that is not opened yet, reconnects by itself for ever, and never keeps a command for later. Deadlines are
 * the callers' (`within`).
 */
export function openConnection(url: string, random: Random): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    disableClientInfo: true,
    protocol: 2,
    retryStrategy: (times) => retryDelay(times, random),
  });
  // Without a listener ioredis prints to the console.
  redis.on('error', () => undefined);
  return redis;
}

export type Connection = Redis;

/** Half to all of an exponential delay, so that replicas do not come back in step. */
function retryDelay(times: number, random: Random): number {
  return Math.min(MIN_RETRY_MS * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + random() / 2);
}
