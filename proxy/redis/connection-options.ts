import type { RedisOptions } from 'ioredis';
import type { Random } from '../core/random.ts';
import type { RedisLogin } from './place.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;
const KEEP_ALIVE_MS = 10_000;

/** What all connections to a Redis have in common. */
export const COMMON = {
  lazyConnect: true,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: KEEP_ALIVE_MS,
  disableClientInfo: true,
  protocol: 2,
} as const satisfies RedisOptions;

export function loginOptions({ username, password }: RedisLogin, tls: boolean): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}

/** Half to all of an exponential delay, so that replicas do not come back in step. */
export function retryDelay(times: number, random: Random): number {
  return Math.min(MIN_RETRY_MS * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + random() / 2);
}
