import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from '../redis/client.ts';
import { RedisSharedStore } from '../redis/shared-store.ts';
import { CachedShares } from './cached-shares.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function replica(prefix: string): Promise<CachedShares> {
  const client = new RedisClient({ url: inject('redisUrl'), prefix, random: systemRandom, commandTimeoutMs: 2_000 });
  open.push(client);
  await client.start(5_000);
  const shared = new RedisSharedStore(client, (key) => client.keys.cachedShare(key));
  return new CachedShares({ clock: systemClock, shared });
}

test('what one replica learns another knows', async () => {
  const prefix = `test-${randomUUID()}`;
  const one = await replica(prefix);
  one.learn('ada', 'You are kind.', { input: 2_000, cached: 1_400 });
  // A replica that has asked before it was written asks again after a minute: a new one each time.
  await expect.poll(async () => (await replica(prefix)).of('ada', 'You are kind.')).toBe(0.7);
  expect(await (await replica(prefix)).of('bob', 'You are kind.')).toBeUndefined();
});
