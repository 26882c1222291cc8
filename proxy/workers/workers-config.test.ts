import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { pack, unpack } from './packed-config.ts';
import { configOfWorker, partOf } from './shares.ts';

const FILE = {
  server: { workers: 3, max_concurrency: 10, queue: { size: 4 }, response_sockets: 7, trusted_hosts: ['a.example'] },
  auth: { admin_token: 'admin-secret' },
  cache: { memory: 1_000_001 },
  responses: { background: 5, memory: '1MiB' },
  plans: { free: { models: ['m'] } },
  catalog: { m: { provider: 'openai' } },
  models: {
    m: {
      health_check: { interval: '5s' },
      endpoints: [
        { provider: 'openai', api_key: 'sk-one', max_concurrency: 8, headers: { 'x-team': 'hidden' } },
        { provider: 'mock' },
      ],
    },
  },
};

function config() {
  return parseConfig(JSON.stringify(FILE), 'test.yaml', { environment: {} }).config;
}

test('a configuration is the same on the other side of a pipe, its secrets included', () => {
  const before = config();
  const after = unpack(deserialize(serialize(pack(before))) as ReturnType<typeof pack<typeof before>>);
  expect(after).toEqual(before);
  expect(after.plans).toBeInstanceOf(Map);
  expect(after.auth.adminToken?.reveal()).toBe('admin-secret');
  const [endpoint] = after.models[0]!.endpoints;
  expect(endpoint?.credential).toMatchObject({ kind: 'key' });
  expect(endpoint?.headers['x-team']?.reveal()).toBe('hidden');
  expect(JSON.stringify(after)).not.toContain('sk-one');
});

test('what cannot be sent is said, not lost', () => {
  expect(() => pack({ a: { b: new Date(0) } })).toThrow('a configuration holds a Date');
});

test('the parts of a number add up to it', () => {
  for (const whole of [0, 1, 3, 7, 1_000_001]) {
    for (const workers of [1, 2, 3, 8]) {
      const parts = Array.from({ length: workers }, (_, slot) => partOf(whole, slot, workers));
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(whole);
      expect(Math.max(...parts) - Math.min(...parts)).toBeLessThan(2);
    }
  }
});

test('memory and all that bounds requests at the same time is divided; the first worker checks health', () => {
  const whole = config();
  const parts = [0, 1, 2].map((slot) => configOfWorker(whole, slot, 3));
  const sum = (read: (part: typeof whole) => number | undefined): number =>
    parts.reduce((total, part) => total + (read(part) ?? Number.NaN), 0);
  expect(sum(({ server }) => server.maxConcurrency)).toBe(10);
  expect(sum(({ server }) => server.queue.size)).toBe(4);
  expect(sum(({ server }) => server.responseSockets)).toBe(7);
  expect(sum(({ cache }) => cache.memory)).toBe(1_000_001);
  expect(sum(({ responses }) => responses.background)).toBe(5);
  expect(sum(({ models }) => models[0]?.endpoints[0]?.maxConcurrency)).toBe(8);
  const checked = parts.map(({ models }) => models[0]?.endpoints.map(({ healthCheck }) => healthCheck !== undefined));
  expect(checked).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ]);
  expect(parts[1]?.models[0]?.endpoints[1]).not.toHaveProperty('maxConcurrency');
});
