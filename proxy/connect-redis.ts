import type { RedisConfig } from './config/config.ts';
import { systemRandom } from './core/random.ts';
import { RedisClient, type RedisEvent } from './redis/client.ts';
import type { RedisPlace } from './redis/place.ts';
import type { ProxyLogger } from './telemetry/logger.ts';

/** The client of the Redis that the configuration names, not connected yet; undefined where it names none. */
export function connectRedis(config: RedisConfig, logger: ProxyLogger): RedisClient | undefined {
  const place = placeOf(config);
  if (place === undefined) return undefined;
  return new RedisClient({
    place,
    prefix: config.prefix,
    random: systemRandom,
    commandTimeoutMs: config.timeoutMs,
    onEvent: (event) => logEvent(logger, event),
  });
}

function placeOf({ url, cluster, sentinels }: RedisConfig): RedisPlace | undefined {
  if (cluster !== undefined) {
    const { nodes, tls, login } = cluster;
    return { kind: 'cluster', nodes, tls, login: revealed(login) };
  }
  if (sentinels !== undefined) {
    const { login, sentinelLogin, ...rest } = sentinels;
    return { kind: 'sentinels', ...rest, login: revealed(login), sentinelLogin: revealed(sentinelLogin) };
  }
  return url === undefined ? undefined : { kind: 'single', url: url.reveal() };
}

function revealed({ username, password }: NonNullable<RedisConfig['cluster']>['login']) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  };
}

function logEvent(logger: ProxyLogger, { kind, reason }: RedisEvent): void {
  const component = 'redis';
  if (kind === 'up') logger.info({ component }, 'Redis is connected');
  else if (kind === 'accepted') logger.info({ component }, 'Redis takes every command again');
  else if (kind === 'down') logger.warn({ component, reason }, 'Redis is unreachable; serving without it');
  else logger.warn({ component, reason }, 'Redis refuses a command');
}
