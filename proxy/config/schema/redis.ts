import { z } from 'zod';

import { parseRedisAddress } from '../../core/redis-address.ts';
import { duration, secret, secretList, text } from './fields.ts';

const REDIS_URL = /^(?:$|rediss?:\/\/\S+$|unix:\/\/\/\S+$|\/\S+$)/;

export const redisSchema = z.strictObject({
  url: secret(
    '`redis://`, `rediss://` (TLS) or the path of a Unix socket. Empty = the cache and the state of endpoints live in memory only.',
    { expected: 'redis://host:port, rediss://host:port, unix:///path, or nothing', pattern: REDIS_URL },
  ).prefault(''),
  cluster: secretList(
    'Some nodes of a Redis Cluster, which name the others: `host:port`, or `redis://` and `rediss://` (TLS, for all nodes), with the credentials of all nodes in one of them or in `username` and `password`. In place of `url`. Keys are spread over the slots (docs/redis-cluster.md).',
    'a list of host:port, redis://host:port or rediss://host:port, without a database',
    (entry) => parseRedisAddress(entry, 6_379) !== undefined,
  ).prefault([]),
  sentinels: secretList(
    'Some of the sentinels that know which Redis is the master, and name the other sentinels: `host:port`, `redis://` or `rediss://` (TLS to them and to Redis), with the credentials of the sentinels in one of them. In place of `url`.',
    'a list of host:port, redis://host:port or rediss://host:port',
    (entry) => parseRedisAddress(entry, 26_379) !== undefined,
  ).prefault([]),
  master: text('Name that the sentinels know the master by. Default: `mymaster`.', {
    expected: 'the name of a master',
    pattern: /^\S+$/,
  }).optional(),
  username: text('User on Redis itself, with `cluster` or `sentinels`.').prefault(''),
  password: secret('Password on Redis itself, with `cluster` or `sentinels`.').prefault(''),
  prefix: text('Every key on Redis begins with it. Replicas that work together have the same one.', {
    expected: 'letters, digits, `-`, `_`, `.` or `:`',
    pattern: /^[\w.:-]{1,64}$/,
  }).prefault('llmproxy'),
  timeout: duration(
    'Longest wait for an answer of Redis. After one that is missing, Redis is not used until it answers a probe. Where a round trip takes long, three of them are waited for, up to three times this.',
    { min: 10, max: 10_000 },
  ).prefault('50ms'),
});
