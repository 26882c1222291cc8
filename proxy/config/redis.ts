import { parseRedisAddress, type RedisAddress } from '../core/redis-address.ts';
import { Secret } from '../core/secret.ts';
import type { RedisConfig, RedisLoginConfig } from './config.ts';
import type { Findings } from './findings.ts';
import type { ConfigInput } from './schema/index.ts';

type RedisInput = ConfigInput['redis'];

const PLACES = ['url', 'cluster', 'sentinels'] as const;
const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const DEFAULT_MASTER = 'mymaster';

/** Where Redis is, out of the section `redis`. */
export function redisOf(input: RedisInput, findings: Findings): RedisConfig {
  const terms = { prefix: input.prefix, timeoutMs: input.timeout };
  const [place, second] = PLACES.filter((name) => isGiven(input[name]));
  if (second !== undefined)
    findings.fault(['redis', second], `expected one of url, cluster and sentinels, found ${place} and ${second}`);
  if (place !== 'sentinels' && input.master !== undefined) {
    findings.fault(['redis', 'master'], 'expected with sentinels, which know a master by its name');
  }
  if (place === undefined || place === 'url') {
    for (const name of ['username', 'password'] as const) {
      if (!isGiven(input[name])) continue;
      findings.fault(
        ['redis', name],
        'expected with cluster or sentinels; the credentials of one Redis stand in its url',
      );
    }
    return { ...(place === 'url' ? { url: input.url } : {}), ...terms };
  }
  const addresses = addressesOf(input[place], place === 'cluster' ? REDIS_PORT : SENTINEL_PORT);
  const tls = addresses[0]?.tls === true;
  if (addresses.some((address) => address.tls !== tls)) {
    findings.fault(['redis', place], 'expected TLS (rediss://) for all of them, or for none');
  }
  const nodes = addresses.map(({ host, port }) => ({ host, port }));
  const own = loginOf({ username: input.username, password: input.password.reveal() });
  const named = loginIn(addresses, ['redis', place], findings);
  if (place === 'sentinels') {
    const master = input.master ?? DEFAULT_MASTER;
    return { sentinels: { sentinels: nodes, master, tls, login: own, sentinelLogin: named }, ...terms };
  }
  if (hasAny(own) && hasAny(named)) {
    findings.fault(['redis', place], 'expected credentials in one place: in an address, or in username and password');
  }
  return { cluster: { nodes, tls, login: hasAny(own) ? own : named }, ...terms };
}

function isGiven(value: Secret | string | readonly Secret[]): boolean {
  return (value instanceof Secret ? value.reveal() : value).length > 0;
}

function addressesOf(secrets: readonly Secret[], port: number): RedisAddress[] {
  return secrets.map((secret) => parseRedisAddress(secret.reveal(), port)).filter((address) => address !== undefined);
}

/** The one login that stands in the addresses. */
function loginIn(addresses: readonly RedisAddress[], path: readonly string[], findings: Findings): RedisLoginConfig {
  const given = addresses.filter(({ username, password }) => username !== undefined || password !== undefined);
  const [first] = given;
  if (first === undefined) return {};
  if (given.some(({ username, password }) => username !== first.username || password !== first.password)) {
    findings.fault([...path], 'expected the same credentials for all of them');
  }
  return loginOf({ username: first.username ?? '', password: first.password ?? '' });
}

function loginOf({ username, password }: { readonly username: string; readonly password: string }): RedisLoginConfig {
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password: new Secret(password) }),
  };
}

function hasAny({ username, password }: RedisLoginConfig): boolean {
  return username !== undefined || password !== undefined;
}
