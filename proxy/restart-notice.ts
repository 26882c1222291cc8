import { keptMs } from './cache/policy.ts';
import type { Config, RedisAddressConfig, RedisLoginConfig } from './config/config.ts';

/** Milliseconds that expired answers are kept: the longest that the cache of any model needs. */
export function longestKeptMs({ cache, models }: Config): number {
  return Math.max(keptMs(cache), ...models.map((model) => keptMs(model.cache)));
}

/** Settings that are read once, at the start. */
const FIXED: readonly (readonly [string, (config: Config) => unknown])[] = [
  ['server.host', (config) => config.server.host],
  ['server.port', (config) => config.server.port],
  ['server.workers', (config) => config.server.workers],
  ['server.tls', (config) => config.server.tls !== undefined],
  ['admin.dashboard', (config) => config.admin.dashboard],
  ['redis.url', (config) => config.redis.url?.reveal()],
  ['redis.cluster', ({ redis }) => placesText(redis.cluster?.nodes, redis.cluster)],
  ['redis.sentinels', ({ redis }) => placesText(redis.sentinels?.sentinels, redis.sentinels)],
  ['redis.master', ({ redis }) => redis.sentinels?.master],
  ['redis.username', ({ redis }) => (redis.cluster ?? redis.sentinels)?.login.username],
  ['redis.password', ({ redis }) => (redis.cluster ?? redis.sentinels)?.login.password?.reveal()],
  ['redis.prefix', (config) => config.redis.prefix],
  ['redis.timeout', (config) => config.redis.timeoutMs],
  ['cache.memory', (config) => config.cache.memory],
  ['cache.key_file', (config) => config.cache.key?.reveal()],
  ['cache.stale, cache.swr and cache.stale_if_error', longestKeptMs],
  ['responses.ttl', (config) => config.responses.ttlMs],
  ['responses.memory', (config) => config.responses.memory],
  ['responses.max_entry', (config) => config.responses.maxEntry],
  ['responses.background', (config) => config.responses.background],
  ['database', ({ governance }) => governance && (governance.databaseUrl?.reveal() ?? '')],
  ['LLMPROXY_MASTER_KEY', ({ governance }) => governance?.masterKey?.reveal()],
  ['governance.poll', ({ governance }) => governance?.pollMs],
  ['log.format', (config) => config.log.format],
];

function placesText(
  nodes: readonly RedisAddressConfig[] = [],
  place?: { readonly tls: boolean; readonly sentinelLogin?: RedisLoginConfig },
): string {
  const { username = '', password } = place?.sentinelLogin ?? {};
  return JSON.stringify([nodes, place?.tls ?? false, username, password?.reveal() ?? '']);
}

/** Names of the settings whose new value takes effect only at the next start. */
export function settingsThatNeedRestart(before: Config, after: Config): string[] {
  return FIXED.filter(([, read]) => read(before) !== read(after)).map(([name]) => name);
}
