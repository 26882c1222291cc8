import { afterEach, expect, test } from 'vitest';
import { type OwnRedis, startRedis } from '../../tests/setup/redis.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient, type RedisEvent } from './client.ts';
import { inOrder, startFakeServer } from './fake-server.fixture.ts';
import { UNAVAILABLE } from './unavailable.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).toReversed()) await end();
});

interface Watched {
  readonly redis: RedisClient;
  readonly events: RedisEvent[];
}

function connect(url: string, commandTimeoutMs = 50): Watched {
  const events: RedisEvent[] = [];
  const options = { url, prefix: 'test', random: systemRandom, commandTimeoutMs };
  const redis = new RedisClient({ ...options, onEvent: (event) => events.push(event) });
  cleanup.push(() => redis.close());
  return { redis, events };
}

/** A Redis of the test's own, and a client that only steers it. */
async function ownRedis(): Promise<{ server: OwnRedis; steer: (...words: [string, ...string[]]) => Promise<unknown> }> {
  const server = await startRedis();
  cleanup.push(() => server.stop());
  const { redis } = connect(server.url, 2_000);
  await expect.poll(() => redis.start(1_000), { timeout: 10_000 }).toBe(true);
  return { server, steer: (...words) => redis.send([words]) };
}

const soon = { timeout: 15_000 };
const write = ['SET', '{test}:a', 'b'] as const;

test(
  'a full Redis is noticed with the first write that it refuses, and without traffic that it takes writes again',
  { timeout: 30_000 },
  async () => {
    const { server, steer } = await ownRedis();
    const { redis, events } = connect(server.url);
    await expect.poll(() => redis.start(1_000), soon).toBe(true);
    expect(redis.refusal).toBeUndefined();
    await steer('CONFIG', 'SET', 'maxmemory', '1');
    expect(await redis.send([write])).toBe(UNAVAILABLE);
    expect([redis.available, redis.refusal]).toEqual([true, 'OOM']);
    await steer('CONFIG', 'SET', 'maxmemory', '0');
    await expect.poll(() => redis.refusal, soon).toBeUndefined();
    expect(events.map(({ kind }) => kind)).toEqual(['up', 'refused', 'accepted']);
  },
);

test.for([
  'READONLY You can not write',
  'MOVED 1 127.0.0.1:7001',
  'NOPERM this user has no permissions',
  'MISCONF no snapshot',
])('a Redis that refuses writes is known to from the start: %s', async (refusal) => {
  let refuses = true;
  await using server = await startFakeServer((words) =>
    words[0]?.toUpperCase() === 'SET' && refuses ? `-${refusal}\r\n` : inOrder(words),
  );
  const { redis, events } = connect(`redis://127.0.0.1:${server.port}`);
  expect(await redis.start(2_000)).toBe(true);
  expect(redis.refusal).toBe(refusal.split(' ')[0]);
  refuses = false;
  await expect.poll(() => redis.refusal, soon).toBeUndefined();
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'refused', 'up']);
  await redis.close();
});

test('a wrong password is no connection', { timeout: 30_000 }, async () => {
  const { server, steer } = await ownRedis();
  await steer('CONFIG', 'SET', 'requirepass', 'right');
  const { redis, events } = connect(server.url.replace('//', '//:wrong@'));
  expect(await redis.start(1_000)).toBe(false);
  expect(events).toMatchObject([{ kind: 'down' }]);
  expect(JSON.stringify(events)).toMatch(/WRONGPASS|NOAUTH|invalid password/);
  await steer('CONFIG', 'SET', 'requirepass', 'wrong');
  await expect.poll(() => redis.available, soon).toBe(true);
});

test(
  'a Redis that takes the connection and stays silent is reported, and used once it speaks',
  { timeout: 30_000 },
  async () => {
    let speaks = false;
    await using server = await startFakeServer((words) => (speaks ? inOrder(words) : undefined));
    const { redis, events } = connect(`redis://127.0.0.1:${server.port}`);
    redis.subscribe(
      'news',
      () => undefined,
      () => undefined,
    );
    expect(await redis.start(50)).toBe(false);
    expect(events).toEqual([{ kind: 'down', reason: 'no answer within 50 ms' }]);
    speaks = true;
    await expect.poll(() => redis.available, soon).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(['down', 'up']);
    expect(server.connections()).toBeGreaterThan(2);
    await redis.close();
  },
);

test('what answers in another language is no Redis', async () => {
  await using server = await startFakeServer(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
  const { redis, events } = connect(`redis://127.0.0.1:${server.port}`);
  expect(await redis.start(500)).toBe(false);
  expect(await redis.read(['a'])).toBe(UNAVAILABLE);
  expect(events).toMatchObject([{ kind: 'down' }]);
  await redis.close();
});

test('the clock of Redis is read with every probe', async () => {
  const ahead = 3_600_000;
  await using server = await startFakeServer((words) => {
    if (words[0] !== 'TIME') return inOrder(words);
    return `*2\r\n$10\r\n${Math.floor((Date.now() + ahead) / 1_000)}\r\n$1\r\n0\r\n`;
  });
  const { redis } = connect(`redis://127.0.0.1:${server.port}`);
  expect(redis.clockAheadMs).toBe(0);
  await redis.start(2_000);
  expect(Math.abs(redis.clockAheadMs - ahead)).toBeLessThan(2_000);
  await redis.close();
});
