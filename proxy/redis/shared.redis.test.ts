import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { startRedis } from '../../tests/setup/redis.ts';
import { ManualClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from './client.ts';
import { RedisSharedHealth } from './shared-health.ts';
import { RedisSharedStore } from './shared-store.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function replica(prefix: string, clock = new ManualClock(Date.now())): Promise<RedisClient> {
  const options = { url: inject('redisUrl'), prefix, random: systemRandom, commandTimeoutMs: 2_000 };
  const client = new RedisClient({ ...options, clock });
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
  await listening(client);
  await one.publish('m/a', { state: 'ejected', at: 1 }, 5_000);
  await expect.poll(() => heard).toEqual([['m/a', { state: 'ejected', at: 1 }]]);
});

test('a replica that starts later loads what still holds', async () => {
  const clock = new ManualClock(Date.now());
  const health = new RedisSharedHealth(await replica(`test-${randomUUID()}`, clock), clock);
  await health.publish('m/a', { state: 'ejected' }, 5_000);
  await health.publish('m/b', { state: 'ejected' }, 500);
  await health.publish('m/c', { state: 'ejected', at: 1 }, 5_000);
  await health.publish('m/c', { state: 'admitting', at: 2 }, 0);
  clock.advance(1_000);
  expect(Object.fromEntries(await health.load())).toEqual({
    'm/a': { state: 'ejected' },
    'm/c': { state: 'admitting', at: 2 },
  });
});

test('a change that is older than the kept one neither replaces it nor is announced', async () => {
  const clock = new ManualClock(Date.now());
  const prefix = `test-${randomUUID()}`;
  const client = await replica(prefix, clock);
  const [one, two] = [new RedisSharedHealth(client, clock), new RedisSharedHealth(await replica(prefix, clock), clock)];
  const heard: unknown[] = [];
  two.subscribe((_id, change) => heard.push(change));
  await listening(client);
  await one.publish('m/a', { state: 'admitting', at: 2 }, 0);
  await one.publish('m/a', { state: 'ejected', at: 1 }, 5_000);
  await one.publish('m/a', { state: 'ejected', at: 3 }, 5_000);
  await expect
    .poll(() => heard)
    .toEqual([
      { state: 'admitting', at: 2 },
      { state: 'ejected', at: 3 },
    ]);
});

test.each([3_600_000, -60_000])('times are those of a replica whose clock is %i ms ahead', async (ahead) => {
  const prefix = `test-${randomUUID()}`;
  const [exact, skewed] = [new ManualClock(Date.now()), new ManualClock(Date.now() + ahead)];
  const client = await replica(prefix, exact);
  const one = new RedisSharedHealth(client, exact);
  const two = new RedisSharedHealth(await replica(prefix, skewed), skewed);
  const heard: Record<string, number>[] = [];
  two.subscribe((_id, change) => heard.push(change as Record<string, number>));
  await listening(client);
  const now = exact.now();
  await one.publish('m/a', { at: now, until: now + 30_000, notBefore: now + 20_000 }, 30_000);
  await expect.poll(() => heard).toHaveLength(1);
  const [[, loaded]] = (await two.load()) as [[string, Record<string, number>]];
  for (const change of [heard[0]!, loaded]) {
    const rest = [change['at']!, change['until']! - 30_000, change['notBefore']! - 20_000];
    for (const time of rest) expect(Math.abs(time - skewed.now())).toBeLessThan(5_000);
  }
});

test('a message that was lost is made up for, and what was heard is not repeated', async () => {
  const prefix = `test-${randomUUID()}`;
  const clock = new ManualClock(Date.now());
  const client = await replica(prefix, clock);
  const [one, two] = [new RedisSharedHealth(client, clock), new RedisSharedHealth(await replica(prefix, clock), clock)];
  await one.publish('m/a', { state: 'admitting', at: 1 }, 0);
  const heard: unknown[] = [];
  const own: unknown[] = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  two.subscribe((_id, change) => heard.push(change));
  one.subscribe((_id, change) => own.push(change));
  for (let turn = 0; turn < 3; turn += 1) {
    vi.advanceTimersByTime(15_000);
    await expect.poll(() => heard).toEqual([{ state: 'admitting', at: 1 }]);
    await client.send([['PING']]);
  }
  expect(own).toEqual([]);
});

test('a change that Redis could not take is announced when Redis is back', async () => {
  const server = await startRedis();
  const clock = new ManualClock(Date.now());
  const options = { url: server.url, prefix: 'p', random: systemRandom, clock, commandTimeoutMs: 2_000 };
  const client = new RedisClient(options);
  open.push(client);
  const health = new RedisSharedHealth(client, clock);
  await health.publish('m/a', { state: 'ejected', at: 1 }, 60_000);
  await health.publish('m/b', { state: 'ejected', at: 1 }, 1_000);
  await health.publish('m/a', { state: 'admitting', at: 2 }, 0);
  clock.advance(2_000);
  await client.start(5_000);
  await expect.poll(() => health.load(), { timeout: 5_000 }).toEqual([['m/a', { state: 'admitting', at: 2 }]]);
  await server.stop();
});

test('without Redis nothing is found and nothing fails', async () => {
  const client = new RedisClient({
    url: 'redis://127.0.0.1:1',
    prefix: 'p',
    random: systemRandom,
    commandTimeoutMs: 50,
  });
  open.push(client);
  const health = new RedisSharedHealth(client, new ManualClock());
  await health.publish('m/a', { state: 'ejected' }, 5_000);
  expect(await health.load()).toEqual([]);
  const store = new RedisSharedStore(client);
  await store.set('a', 'b', 1_000);
  expect(await store.get('a')).toBeUndefined();
});

/** Resolves once Redis counts a subscriber of the channel. */
async function listening(client: RedisClient): Promise<void> {
  const channel = client.keys.healthChannel;
  await expect.poll(() => client.send([['PUBSUB', 'NUMSUB', channel]]), { timeout: 5_000 }).toEqual([[channel, 1]]);
}
