import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startRedis } from '../../tests/setup/redis.ts';
import type { OwnRedis } from '../../tests/setup/redis.ts';
import { ManualClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from '../redis/client.ts';
import { createCache } from './create-cache.ts';
import { fakeProtocols } from './fake-protocol.fixture.ts';
import { modelTag } from './key.ts';
import { makeRecording, TERMS } from './recordings.fixture.ts';
import type { Cache } from './tiers.ts';
import type { Recording } from './types.ts';

const KEY = `${modelTag('m')}.${'1'.repeat(64)}`;
const OTHER = `${modelTag('m')}.${'2'.repeat(64)}`;
const clock = new ManualClock();
const clients: RedisClient[] = [];
let server: OwnRedis;
let prefix: string;

beforeAll(async () => {
  server = await startRedis();
}, 30_000);
afterAll(() => server.stop());
beforeEach(() => {
  prefix = `test-${randomUUID()}`;
});
afterEach(async () => {
  server.thaw();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function recording(): Recording {
  return makeRecording({ storedAt: clock.now(), expiresAt: clock.now() + 60_000 });
}

async function replica(): Promise<{ cache: Cache; client: RedisClient }> {
  const client = new RedisClient({ url: server.url, prefix, random: systemRandom, commandTimeoutMs: 200 });
  clients.push(client);
  await expect.poll(() => client.start(1_000), { timeout: 10_000 }).toBe(true);
  const cache = createCache({
    memoryBytes: 1_000_000,
    staleMs: 0,
    clock,
    protocols: fakeProtocols(),
    redis: client,
  });
  return { cache, client };
}

async function answer(cache: Cache, key: string): Promise<void> {
  await cache.fetch(key, TERMS);
  await cache.put(key, recording(), cache.mark(key));
}

test('while Redis is frozen memory goes on serving, looking and storing', { timeout: 20_000 }, async () => {
  const { cache } = await replica();
  await answer(cache, KEY);
  server.freeze();
  expect(cache.peek(KEY, TERMS)).toBeDefined();
  expect(await cache.fetch(OTHER, TERMS)).toBeUndefined();
  await answer(cache, OTHER);
  expect(cache.peek(OTHER, TERMS)).toBeDefined();
});

test('a purge that Redis could not take is made up before it is read again', { timeout: 30_000 }, async () => {
  const { cache, client } = await replica();
  await answer(cache, KEY);
  server.freeze();
  expect(await cache.purge('all')).toEqual({ deleted: 1, complete: false });
  server.thaw();
  await expect.poll(() => client.available, { timeout: 10_000 }).toBe(true);
  expect(await cache.fetch(KEY, TERMS)).toBeUndefined();
  const other = await replica();
  expect(await other.cache.fetch(KEY, TERMS)).toBeUndefined();
});

test('after Redis died and came back empty, entries are stored there again', { timeout: 30_000 }, async () => {
  const { cache, client } = await replica();
  await answer(cache, KEY);
  await server.kill();
  await expect.poll(() => client.available, { timeout: 5_000 }).toBe(false);
  expect(cache.peek(KEY, TERMS)).toBeDefined();
  await server.restart();
  await expect.poll(() => client.available, { timeout: 10_000 }).toBe(true);
  const other = await replica();
  let tries = 0;
  await expect
    .poll(
      async () => {
        // A key of its own for each try: one that memory holds already would not be looked for on Redis.
        const key = `${modelTag('m')}.${String((tries += 1)).padStart(64, '3')}`;
        await answer(cache, key);
        return other.cache.fetch(key, TERMS);
      },
      { timeout: 10_000 },
    )
    .toBeDefined();
});

test('a replica that was cut off drops its memory when it is connected again', { timeout: 30_000 }, async () => {
  const { cache } = await replica();
  await answer(cache, KEY);
  const { client } = await replica();
  await client.send([['CLIENT', 'KILL', 'TYPE', 'pubsub']]);
  await expect.poll(() => cache.peek(KEY, TERMS), { timeout: 10_000 }).toBeUndefined();
});

test('an answer that is forgotten while Redis is away is gone when it is back', { timeout: 30_000 }, async () => {
  const { cache, client } = await replica();
  const other = await replica();
  await cache.fetch(KEY, TERMS);
  await cache.put(KEY, { ...recording(), answerId: 'resp_1', kept: true }, cache.mark(KEY));
  server.freeze();
  // Only Redis knows which entry it is: this process has never read it.
  await other.cache.forgetAnswer('resp_1');
  server.thaw();
  await expect.poll(() => client.available && other.client.available, { timeout: 10_000 }).toBe(true);
  const late = await replica();
  await expect.poll(() => late.cache.fetch(KEY, TERMS), { timeout: 10_000 }).toBeUndefined();
  await expect.poll(() => cache.peek(KEY, TERMS), { timeout: 10_000 }).toBeUndefined();
});
