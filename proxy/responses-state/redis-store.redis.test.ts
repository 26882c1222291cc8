import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from '../redis/client.ts';
import { describeTopologies } from '../redis/topologies.fixture.ts';
import { RedisStateStore } from './redis-store.ts';
import { StateSeal } from './seal.ts';
import { describeStateStore, recordOf } from './store-conformance.fixture.ts';
import { ResponseStates } from './response-states.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function connect(prefix = `test-${randomUUID()}`): Promise<RedisClient> {
  const url = inject('redisUrl');
  const client = new RedisClient({ url, prefix, random: systemRandom, commandTimeoutMs: 2_000 });
  open.push(client);
  await client.start(5_000);
  return client;
}

const secret = randomBytes(32);

describeTopologies('state', (topology) => {
  describeStateStore('redis', async () => new RedisStateStore(await topology.connect(), new StateSeal()));
  describeStateStore('redis, sealed', async () => new RedisStateStore(await topology.connect(), new StateSeal(secret)));
});

test('replicas share what is kept, an entry ends by itself, and nothing of it can be read on Redis', async () => {
  const prefix = `test-${randomUUID()}`;
  const [one, other] = await Promise.all([connect(prefix), connect(prefix)]);
  const limits = { ttlMs: 60_000, maxEntry: 10_000 };
  const [first, second] = [one, other].map(
    (client) => new ResponseStates(new RedisStateStore(client, new StateSeal(secret)), limits),
  );
  await first!.put('scope', recordOf('resp_1'));
  expect(await second!.get('scope', 'resp_1')).toEqual(recordOf('resp_1'));
  const key = one.keys.state('response', 'scope', 'resp_1');
  expect(key).not.toContain('resp_1');
  const [raw, left] = (await one.send([
    ['GET', key],
    ['PTTL', key],
  ])) as [string, number];
  expect(raw).not.toContain('hello');
  expect(left).toBeGreaterThan(50_000);
  expect(left).toBeLessThanOrEqual(60_000);
});

test('without Redis the store says so', async () => {
  const client = new RedisClient({
    url: 'redis://127.0.0.1:1',
    prefix: 'x',
    random: systemRandom,
    commandTimeoutMs: 50,
  });
  open.push(client);
  await client.start(100);
  const store = new RedisStateStore(client, new StateSeal());
  const place = { scope: 'a', kind: 'response', id: 'x' } as const;
  const refusal = { code: 'state_unavailable', status: 503 };
  await expect(store.get(place)).rejects.toMatchObject(refusal);
  await expect(store.put(place, Buffer.from('x'), 1)).rejects.toMatchObject(refusal);
  await expect(store.update(place, () => Buffer.from('x'), 1)).rejects.toMatchObject(refusal);
  await expect(store.delete(place)).rejects.toMatchObject(refusal);
});
