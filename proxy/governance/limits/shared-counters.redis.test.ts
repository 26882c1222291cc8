import { randomUUID } from 'node:crypto';
import { assert, asyncProperty } from 'fast-check';
import { afterEach, expect, inject, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { RedisClient } from '../../redis/client.ts';
import { describeCounters } from './counters-conformance.fixture.ts';
import { START } from './limits.fixture.ts';
import { differenceFromModel, operations } from './sequential-model.fixture.ts';
import { SharedCounters } from './shared-counters.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function connected(prefix: string, url = inject('redisUrl')): Promise<RedisClient> {
  const client = new RedisClient({ url, prefix, random: systemRandom, commandTimeoutMs: 5_000 });
  open.push(client);
  await client.start(5_000);
  return client;
}

async function replica(prefix: string, clock: ManualClock): Promise<SharedCounters> {
  const counters = new SharedCounters({ client: await connected(prefix), clock, time: () => clock.now() });
  open.push(counters);
  return counters;
}

async function makeBench() {
  const clock = new ManualClock(START);
  const prefix = `test-${randomUUID()}`;
  return { counters: await replica(prefix, clock), second: await replica(prefix, clock), clock };
}

describeCounters('Redis', makeBench);

test('any interleaving on two replicas equals the sequential model', async () => {
  await assert(
    asyncProperty(operations, async (steps) => {
      const prefix = `test-${randomUUID()}`;
      const clock = new ManualClock(START);
      const replicas = await Promise.all([replica(prefix, clock), replica(prefix, clock)]);
      expect(await differenceFromModel(replicas, clock, steps)).toBeUndefined();
      await Promise.all(open.splice(0).map((one) => one.close()));
    }),
    { numRuns: 60 },
  );
});
