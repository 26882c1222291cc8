import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from './client.ts';
import { RedisSharedHealth } from './shared-health.ts';
import { RedisSharedStore } from './shared-store.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function replica(prefix: string): Promise<RedisClient> {
  const client = new RedisClient({ url: inject('redisUrl'), prefix, random: systemRandom, commandTimeoutMs: 2_000 });
  open.push(client);
  await client.start(5_000);
  return client;
}

test('what one replica stores another finds, until its time is over', async () => {
  const prefix = `test-${randomUUID()}`;
  const [one, two] = [new RedisSharedStore(await replica(prefix)), new RedisSharedStore(await replica(prefix))];
  await one.set('resp_1', 'gpt-4o/azure', 60_000);
  await one.set('resp_2', 'gpt-4o/azure', 1);
  expect(await two.get('resp_1')).toBe('gpt-4o/azure');
  expect(await two.get('resp_3')).toBeUndefined();
  await expect.poll(() => two.get('resp_2')).toBeUndefined();
});

test('an ejection that one replica publishes reaches another', async () => {
  const prefix = `test-${randomUUID()}`;
  const clock = new ManualClock();
  const client = await replica(prefix);
  const [one, two] = [new RedisSharedHealth(client, clock), new RedisSharedHealth(await replica(prefix), clock)];
  const heard: unknown[] = [];
  two.subscribe((endpointId, change) => heard.push([endpointId, change]));
  const channel = client.keys.healthChannel;
  await expect.poll(() => client.send([['PUBSUB', 'NUMSUB', channel]]), { timeout: 5_000 }).toEqual([[channel, 1]]);
  await one.publish('m/a', { state: 'ejected', at: 1 }, 5_000);
  await expect.poll(() => heard).toEqual([['m/a', { state: 'ejected', at: 1 }]]);
});

test('a replica that starts later loads what still holds', async () => {
  const clock = new ManualClock();
  const health = new RedisSharedHealth(await replica(`test-${randomUUID()}`), clock);
  await health.publish('m/a', { state: 'ejected' }, 5_000);
  await health.publish('m/b', { state: 'ejected' }, 500);
  await health.publish('m/c', { state: 'ejected' }, 5_000);
  await health.publish('m/c', { state: 'admitting' }, 0);
  clock.advance(1_000);
  expect(await health.load()).toEqual([['m/a', { state: 'ejected' }]]);
});

test('without Redis nothing is found and nothing fails', async () => {
  const client = new RedisClient({ url: 'redis://127.0.0.1:1', prefix: 'p', random: systemRandom });
  open.push(client);
  const health = new RedisSharedHealth(client, new ManualClock());
  await health.publish('m/a', { state: 'ejected' }, 5_000);
  expect(await health.load()).toEqual([]);
  const store = new RedisSharedStore(client);
  await store.set('a', 'b', 1_000);
  expect(await store.get('a')).toBeUndefined();
});
