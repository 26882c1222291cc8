import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { systemRandom } from '../core/random.ts';
import { RedisClient, type RedisEvent } from './client.ts';
import { AnswerTooLong, withinWhileReading } from './deadline.ts';
import { startSlowLink } from './slow-link.fixture.ts';
import { UNAVAILABLE } from './unavailable.ts';

const open: RedisClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

const PREFIX = `test-${randomUUID()}`;
const LARGE = randomBytes(4 * 1024 * 1024);

async function over(port: number, events: RedisEvent['kind'][] = [], commandTimeoutMs = 50): Promise<RedisClient> {
  const url = new URL(inject('redisUrl'));
  url.port = String(port);
  const client = new RedisClient({
    url: url.href,
    prefix: PREFIX,
    random: systemRandom,
    commandTimeoutMs,
    onEvent: ({ kind }) => events.push(kind),
  });
  open.push(client);
  expect(await client.start(5_000)).toBe(true);
  return client;
}

const redisPort = (): number => Number(new URL(inject('redisUrl')).port);

test(
  'an entry of 4 MB over a slow link is written and read, and nothing else waits for its writing or fails',
  { timeout: 30_000 },
  async () => {
    // 4 MB take 2.1 s: eight times what a command may take.
    await using link = await startSlowLink(redisPort(), 2_000);
    const events: RedisEvent['kind'][] = [];
    const client = await over(link.port, events, 250);
    const [large, small] = [client.keys.cacheEntry('large'), client.keys.cacheEntry('small')];
    const state = { written: false };
    const writing = client.send([['SET', large, LARGE, 'PX', 60_000]]).then((answer) => {
      state.written = true;
      return answer;
    });
    let before = 0;
    while (!state.written) {
      expect(await client.send([['SET', small, 'x', 'PX', 60_000]])).toEqual(['OK']);
      if (!state.written) before += 1;
    }
    expect(before).toBeGreaterThan(3);
    expect(await writing).toEqual(['OK']);
    const [read, beside] = await Promise.all([client.read([large]), client.read([small])]);
    expect(read !== UNAVAILABLE && read[0]?.equals(LARGE)).toBe(true);
    expect(beside).toEqual([Buffer.from('x')]);
    expect([client.available, ...events]).toEqual([true, 'up']);
  },
);

test('what takes longer than a large answer may is given up for itself alone', { timeout: 30_000 }, async () => {
  const direct = await over(redisPort());
  const large = direct.keys.cacheEntry('large');
  await direct.send([['SET', large, LARGE, 'PX', 60_000]]);
  // 4 MB take 4 s.
  await using link = await startSlowLink(redisPort(), 1_000);
  const events: RedisEvent['kind'][] = [];
  const client = await over(link.port, events);
  expect(await client.read([large])).toBe(UNAVAILABLE);
  expect([client.available, ...events]).toEqual([true, 'up']);
});

test('an answer that has stopped coming in is given up at the first deadline after that', async () => {
  let bytes = 0;
  const never = new Promise<never>(() => undefined);
  await expect(withinWhileReading(5, never, () => bytes)).rejects.toThrow('no answer within 5 ms');
  let looks = 0;
  const stops = withinWhileReading(5, never, () => (looks++ < 3 ? (bytes += 100_000) : bytes));
  await expect(stops).rejects.not.toBeInstanceOf(AnswerTooLong);
  expect(looks).toBe(4);
});

test('drops that keep coming are no large answer', async () => {
  let bytes = 0;
  const drip = withinWhileReading(1, new Promise(() => undefined), () => (bytes += 1));
  await expect(drip).rejects.not.toBeInstanceOf(AnswerTooLong);
  const flood = withinWhileReading(1, new Promise(() => undefined), () => (bytes += 100_000));
  await expect(flood).rejects.toBeInstanceOf(AnswerTooLong);
});

test('the error of a call is its own', async () => {
  const failed = Promise.reject(new Error('refused'));
  await expect(withinWhileReading(50, failed, () => 0)).rejects.toThrow('refused');
});
