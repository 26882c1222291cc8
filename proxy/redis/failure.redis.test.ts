import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startRedis } from '../../tests/setup/redis.ts';
import type { OwnRedis } from '../../tests/setup/redis.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from './client.ts';
import type { RedisEvent } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

let server: OwnRedis;
let redis: RedisClient;
let events: RedisEvent['kind'][];

beforeAll(async () => {
  server = await startRedis();
}, 30_000);

afterAll(() => server.stop());

async function connect(): Promise<void> {
  events = [];
  redis = new RedisClient({
    url: server.url,
    prefix: 'test',
    random: systemRandom,
    commandTimeoutMs: 500,
    onEvent: ({ kind }) => events.push(kind),
  });
  await expect.poll(() => redis.start(10_000), { timeout: 20_000 }).toBe(true);
}

afterEach(() => redis.close());

function comesBack(): Promise<void> {
  return expect.poll(() => redis.available, { timeout: 10_000 }).toBe(true);
}

test(
  'a frozen Redis costs one bounded wait, then nothing, and is used again when it thaws',
  { timeout: 20_000 },
  async () => {
    await connect();
    server.freeze();
    const started = performance.now();
    expect(await redis.read(['a'])).toBe(UNAVAILABLE);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(redis.available).toBe(false);
    let settled = false;
    void redis.read(['a']).then(() => (settled = true));
    await Promise.resolve();
    await Promise.resolve();
    expect(settled).toBe(true);
    server.thaw();
    await comesBack();
    await expect.poll(() => redis.read(['a']), { timeout: 5_000 }).toEqual([null]);
    expect(events.filter((kind) => kind !== 'refused').slice(0, 3)).toEqual(['up', 'down', 'up']);
  },
);

test('a killed Redis is told down at once and found again after its return', { timeout: 30_000 }, async () => {
  await connect();
  await server.kill();
  await expect.poll(() => redis.available, { timeout: 5_000 }).toBe(false);
  expect(await redis.send([['SET', 'a', 'b']])).toBe(UNAVAILABLE);
  await server.restart();
  await expect.poll(() => redis.send([['SET', 'a', 'b']]), { timeout: 10_000 }).toEqual(['OK']);
});

test('a subscriber hears of the gap after Redis was away, and of messages again', { timeout: 30_000 }, async () => {
  await connect();
  const heard: string[] = [];
  redis.subscribe(
    'news',
    (message) => heard.push(message),
    () => heard.push('gap'),
  );
  const subscribers = (): Promise<unknown> => redis.send([['PUBSUB', 'NUMSUB', 'news']]);
  await expect.poll(subscribers, { timeout: 5_000 }).toEqual([['news', 1]]);
  expect(heard).toEqual([]);
  await server.kill();
  await server.restart();
  await expect.poll(() => heard, { timeout: 10_000 }).toContain('gap');
  await expect.poll(subscribers, { timeout: 5_000 }).toEqual([['news', 1]]);
  await expect.poll(() => redis.send([['PUBLISH', 'news', 'hello']]), { timeout: 5_000 }).toEqual([1]);
  await expect.poll(() => heard, { timeout: 5_000 }).toContain('hello');
});
