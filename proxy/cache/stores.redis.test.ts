import { randomUUID } from 'node:crypto';
import { afterEach, inject } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from '../redis/client.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { MemoryStore } from './memory-store.ts';
import { NoneStore } from './none-store.ts';
import { RedisStore } from './redis-store.ts';
import { describeForgetting, describeStore, STALE_MS } from './store-conformance.fixture.ts';

const open: RedisClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

const noneBench = () => Promise.resolve({ store: new NoneStore(), clock: new ManualClock() });

function memoryBench() {
  const clock = new ManualClock();
  const store = new MemoryStore({ maxBytes: 1_000_000, staleMs: STALE_MS, clock, purges: new PurgeEpochs() });
  return Promise.resolve({ store, clock });
}

async function redisBench() {
  const client = new RedisClient({
    url: inject('redisUrl'),
    prefix: `test-${randomUUID()}`,
    random: systemRandom,
    commandTimeoutMs: 2_000,
  });
  open.push(client);
  await client.start(5_000);
  const clock = new ManualClock();
  const purges = new PurgeEpochs();
  return { store: new RedisStore({ client, clock, staleMs: STALE_MS, purges, onPurged: () => undefined }), clock };
}

describeStore('none', false, noneBench);
describeStore('memory', true, memoryBench);
describeStore('redis', true, redisBench);

describeForgetting('none', false, noneBench);
describeForgetting('memory', true, memoryBench);
describeForgetting('redis', true, redisBench);
