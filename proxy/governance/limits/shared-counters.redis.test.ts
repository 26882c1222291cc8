import { randomUUID } from 'node:crypto';
import { afterEach, inject } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { RedisClient } from '../../redis/client.ts';
import { describeCounters } from './counters-conformance.fixture.ts';
import { START } from './limits.fixture.ts';
import { SharedCounters } from './shared-counters.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function makeBench() {
  const options = { url: inject('redisUrl'), prefix: `test-${randomUUID()}`, random: systemRandom };
  const client = new RedisClient({ ...options, commandTimeoutMs: 5_000 });
  await client.start(5_000);
  const clock = new ManualClock(START);
  const counters = new SharedCounters({ client, clock, time: () => clock.now() });
  open.push(counters, client);
  return { counters, clock };
}

describeCounters('Redis', makeBench);
