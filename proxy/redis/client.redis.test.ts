import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from './client.ts';
import type { RedisEvent, RedisTerms } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

function client(options: Partial<RedisTerms> & { readonly url?: string } = {}): RedisClient {
  const made = new RedisClient({
    url: inject('redisUrl'),
    prefix: `test-${randomUUID()}`,
    random: systemRandom,
    commandTimeoutMs: 2_000,
    ...options,
  });
  open.push(made);
  return made;
}

test('what was written is read back as bytes, and what is not there as null', async () => {
  const redis = client();
  expect(await redis.start(5_000)).toBe(true);
  const bytes = Buffer.from([0, 255, 13, 10]);
  const [there, missing] = [redis.keys.cacheEntry('a'), redis.keys.cacheEntry('b')];
  expect(await redis.send([['SET', there, bytes, 'PX', 10_000]])).toEqual(['OK']);
  expect(await redis.read([there, missing, there])).toEqual([bytes, null, bytes]);
});

test('reads of one tick each get their own values', async () => {
  const redis = client();
  await redis.start(5_000);
  const names = Array.from({ length: 300 }, (_, index) => redis.keys.cacheEntry(`${index}`));
  await redis.send(names.map((name, index) => ['SET', name, `value ${index}`, 'PX', 10_000]));
  const values = await Promise.all(names.map((name) => redis.read([name])));
  expect(values.map((value) => value.toString())).toEqual(names.map((_, index) => `value ${index}`));
});

test('nothing is available before it was started, and nothing after it was closed', async () => {
  const redis = client();
  expect(redis.available).toBe(false);
  expect(await redis.read(['a'])).toBe(UNAVAILABLE);
  await redis.start(5_000);
  await redis.close();
  expect(redis.available).toBe(false);
  expect(await redis.send([['PING']])).toBe(UNAVAILABLE);
});

test('a command that Redis refuses is unavailable and is told once, and the rest goes on', async () => {
  const events: RedisEvent[] = [];
  const redis = client({ onEvent: (event) => events.push(event) });
  await redis.start(5_000);
  const name = redis.keys.cacheEntry('a');
  await redis.send([['SET', name, 'text', 'PX', 10_000]]);
  expect(await redis.send([['HGETALL', name]])).toBe(UNAVAILABLE);
  expect(await redis.send([['HGETALL', name]])).toBe(UNAVAILABLE);
  expect(redis.available).toBe(true);
  expect(events.map(({ kind }) => kind)).toEqual(['up', 'refused']);
});

test('a port without a Redis is told down once, and start does not wait for it longer than it may', async () => {
  const events: RedisEvent[] = [];
  const redis = client({ url: 'redis://user:hunter2@127.0.0.1:1', onEvent: (event) => events.push(event) });
  expect(await redis.start(300)).toBe(false);
  expect(await redis.read(['a'])).toBe(UNAVAILABLE);
  expect(events).toEqual([{ kind: 'down', reason: expect.stringContaining('ECONNREFUSED') as string }]);
  expect(JSON.stringify(events)).not.toContain('hunter2');
});

test('messages of a channel reach its listeners and no others', async () => {
  const redis = client();
  await redis.start(5_000);
  const heard: string[] = [];
  const first = new Promise<void>((resolve) => {
    redis.subscribe(
      redis.keys.purgeChannel,
      (message) => {
        heard.push(message);
        resolve();
      },
      () => undefined,
    );
  });
  await listening(redis, redis.keys.purgeChannel);
  await redis.send([['PUBLISH', redis.keys.healthChannel, 'not for us']]);
  await redis.send([['PUBLISH', redis.keys.purgeChannel, 'hello']]);
  await first;
  expect(heard).toEqual(['hello']);
});

/** Resolves once Redis counts a subscriber of the channel. */
async function listening(redis: RedisClient, channel: string): Promise<void> {
  await expect.poll(() => redis.send([['PUBSUB', 'NUMSUB', channel]]), { timeout: 5_000 }).toEqual([[channel, 1]]);
}
