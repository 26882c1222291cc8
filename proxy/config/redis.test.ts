import { expect, test } from 'vitest';
import { secretsOf, type Config } from './config.ts';
import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function parse(redis: string, environment: Record<string, string> = {}): Config {
  return parseConfig(`redis: ${redis}\n${MOCK}`, 'test.yaml', { environment }).config;
}

function faults(redis: string): string {
  try {
    parse(redis);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

test('a cluster has nodes, TLS for all or none, and the credentials of one address', () => {
  const { redis } = parse('{ cluster: ["rediss://u:p%40s@a:7000", "rediss://b"] }');
  const nodes = [
    { host: 'a', port: 7_000 },
    { host: 'b', port: 6_379 },
  ];
  expect(redis.cluster).toMatchObject({ nodes, tls: true, login: { username: 'u' } });
  expect(redis.cluster?.login.password?.reveal()).toBe('p@s');
  expect([redis.url, redis.sentinels]).toEqual([undefined, undefined]);
});

test('a list may come out of a variable; empty, there is no Redis', () => {
  const nodes = (list: string): unknown => parse('{ cluster: "${NODES:-}" }', { NODES: list }).redis.cluster?.nodes;
  expect(nodes('a:1, b:2')).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ]);
  expect(nodes('')).toBeUndefined();
});

test('sentinels have credentials of their own, and the master its name', () => {
  const { redis } = parse('{ sentinels: ["redis://:watch@a", "b:1"], username: u, password: data }');
  expect(redis.sentinels).toMatchObject({
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 1 },
    ],
    master: 'mymaster',
    tls: false,
    login: { username: 'u' },
  });
  expect(redis.sentinels?.login.password?.reveal()).toBe('data');
  expect(redis.sentinels?.sentinelLogin.password?.reveal()).toBe('watch');
  expect(parse('{ sentinels: [a], master: m }').redis.sentinels?.master).toBe('m');
});

test('every password is known to the redactor', () => {
  const known = (redis: string): string[] => secretsOf(parse(redis)).map((secret) => secret.reveal());
  expect(known('{ cluster: ["redis://:one@a"] }')).toContain('one');
  expect(known('{ cluster: [a], password: two }')).toContain('two');
  expect(known('{ sentinels: ["redis://:three@a"], password: four }')).toEqual(
    expect.arrayContaining(['three', 'four']),
  );
});

test.each([
  [
    '{ url: "redis://h", cluster: [a] }',
    'redis.cluster: expected one of url, cluster and sentinels, found url and cluster',
  ],
  ['{ cluster: [a], sentinels: [b] }', 'redis.sentinels: expected one of url, cluster and sentinels'],
  ['{ cluster: [a], master: m }', 'redis.master: expected with sentinels'],
  ['{ url: "redis://h", password: x }', 'redis.password: expected with cluster or sentinels'],
  ['{ username: x }', 'redis.username: expected with cluster or sentinels'],
  ['{ cluster: ["rediss://a", "redis://b"] }', 'redis.cluster: expected TLS (rediss://) for all of them, or for none'],
  ['{ cluster: ["redis://:x@a", "redis://:y@b"] }', 'redis.cluster: expected the same credentials'],
  ['{ cluster: ["redis://:x@a"], password: y }', 'redis.cluster: expected credentials in one place'],
  ['{ cluster: ["redis://:hush@a:1/2"] }', 'redis.cluster: expected a list of host:port'],
  ['{ sentinels: ["http://:hush@a"] }', 'redis.sentinels: expected a list of host:port'],
])('%s is refused, and no secret shown', (redis, message) => {
  expect(faults(redis)).toContain(message);
  expect(faults(redis)).not.toContain('hush');
});
