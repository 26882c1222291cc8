import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { redisSource, startRedis, type OwnRedis } from '../setup/redis.ts';

const kinds = (['binary', 'wasm'] as const).filter((kind) => {
  try {
    return redisSource({ PATH: process.env['PATH'], LLMPROXY_TEST_REDIS: kind }).kind === kind;
  } catch {
    return false;
  }
});

const open: (OwnRedis | Redis)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) {
    if (one instanceof Redis) one.disconnect();
    else await one.stop();
  }
});

async function start(kind: string): Promise<{ redis: OwnRedis; client: Redis }> {
  const redis = await startRedis({ ...process.env, LLMPROXY_TEST_REDIS: kind });
  open.push(redis);
  const client = new Redis(redis.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  open.push(client);
  return { redis, client };
}

describe.each(kinds)('a Redis of our own (%s)', (kind) => {
  test('answers commands and Lua scripts', async () => {
    const { client } = await start(kind);
    await client.set('a', '1');
    expect(await client.eval("return redis.call('GET', KEYS[1])", 1, 'a')).toBe('1');
  });

  test('answers nothing while frozen and everything after', async () => {
    const { redis, client } = await start(kind);
    await client.ping();
    redis.freeze();
    let answered = false;
    const pong = client.ping().then((text) => {
      answered = true;
      return text;
    });
    // A second command on a second connection would be answered by a server that is not frozen.
    const second = new Redis(redis.url, { commandTimeout: 200, retryStrategy: () => null });
    second.on('error', () => undefined);
    open.push(second);
    await expect(second.ping()).rejects.toThrow();
    expect(answered).toBe(false);
    redis.thaw();
    expect(await pong).toBe('PONG');
  });

  test('comes back empty at the same address after a kill', async () => {
    const { redis, client } = await start(kind);
    await client.set('a', '1');
    const before = redis.pid();
    await redis.kill();
    await redis.restart();
    expect(await client.get('a')).toBeNull();
    expect(redis.pid()).not.toBe(before);
  });
});

test('a URL of the environment comes before a program on PATH and before the bundled one', () => {
  const url = 'redis://127.0.0.1:1';
  expect(redisSource({ ...process.env, REDIS_URL: url, LLMPROXY_TEST_REDIS: undefined })).toEqual({ kind: 'url', url });
});

test('where no Redis can be had, one sentence says how to get one', () => {
  expect(() => redisSource({ PATH: '', LLMPROXY_TEST_REDIS: 'binary' })).toThrow(
    /need a real Redis and found none.*install redis-server/,
  );
});
