import { parseRedisAddress, type RedisAddress } from '../core/redis-address.ts';
import { Secret } from '../core/secret.ts';
import type { RedisAddressConfig, RedisConfig, RedisLoginConfig } from './config.ts';
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
  if (second !== undefined) {
    findings.fault(['redis', second], `expected one of url, cluster and sentinels, found ${place} and ${second}`);
  }
  if (place !== 'sentinels' && input.master !== undefined) {
    findings.fault(['redis', 'master'], 'expected with sentinels, which know a master by its name');
  }
  if (place === 'cluster') return { cluster: clusterOf(input, findings), ...terms };
  if (place === 'sentinels') return { sentinels: sentinelsOf(input, findings), ...terms };
  for (const name of ['username', 'password'] as const) {
    if (!isGiven(input[name])) continue;
    findings.fault(
      ['redis', name],
      'expected with cluster or sentinels; the credentials of one Redis stand in its url',
    );
  }
  return { ...(place === 'url' ? { url: input.url } : {}), ...terms };
}

function clusterOf(input: RedisInput, findings: Findings): NonNullable<RedisConfig['cluster']> {
  const { nodes, tls, named } = addressesOf('cluster', input.cluster, REDIS_PORT, findings);
  const own = ownLogin(input);
  if (hasAny(own) && hasAny(named)) {
    findings.fault(
      ['redis', 'cluster'],
      'expected credentials in one place: in an address, or in username and password',
    );
  }
  return { nodes, tls, login: hasAny(own) ? own : named };
}

function sentinelsOf(input: RedisInput, findings: Findings): NonNullable<RedisConfig['sentinels']> {
  const { nodes, tls, named } = addressesOf('sentinels', input.sentinels, SENTINEL_PORT, findings);
  const master = input.master ?? DEFAULT_MASTER;
  return { sentinels: nodes, master, tls, login: ownLogin(input), sentinelLogin: named };
}

interface Addresses {
  readonly nodes: readonly RedisAddressConfig[];
  readonly tls: boolean;
  /** The login that stands in them. */
  readonly named: RedisLoginConfig;
}

function addressesOf(
  name: 'cluster' | 'sentinels',
  given: readonly Secret[],
  port: number,
  findings: Findings,
): Addresses {
  const addresses = given
    .map((secret) => parseRedisAddress(secret.reveal(), port))
    .filter((address) => address !== undefined);
  const tls = addresses[0]?.tls === true;
  if (addresses.some((address) => address.tls !== tls)) {
    findings.fault(['redis', name], 'expected TLS (rediss://) for all of them, or for none');
  }
  const nodes = addresses.map(({ host, port: at }) => ({ host, port: at }));
  return { nodes, tls, named: loginIn(addresses, ['redis', name], findings) };
}

function ownLogin({ username, password }: RedisInput): RedisLoginConfig {
  return loginOf({ username, password: password.reveal() });
}

function isGiven(value: Secret | string | readonly Secret[]): boolean {
  return (value instanceof Secret ? value.reveal() : value).length > 0;
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
