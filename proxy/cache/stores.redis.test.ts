import { ManualClock } from '../core/clock.ts';
import { describeTopologies } from '../redis/topologies.fixture.ts';
import { PurgeEpochs } from './purge-epochs.ts';
import { MemoryStore } from './memory-store.ts';
import { NoneStore } from './none-store.ts';
import { RedisStore } from './redis-store.ts';
import { describeForgetting, describeStore, STALE_MS } from './store-conformance.fixture.ts';

const noneBench = () => Promise.resolve({ store: new NoneStore(), clock: new ManualClock() });

function memoryBench() {
  const clock = new ManualClock();
  const store = new MemoryStore({ maxBytes: 1_000_000, staleMs: STALE_MS, clock, purges: new PurgeEpochs() });
  return Promise.resolve({ store, clock });
}

describeStore('none', false, noneBench);
describeStore('memory', true, memoryBench);

describeForgetting('none', false, noneBench);
describeForgetting('memory', true, memoryBench);

describeTopologies('the store', ({ connect }) => {
  const redisBench = async () => {
    const client = await connect();
    const clock = new ManualClock();
    const purges = new PurgeEpochs();
    return { store: new RedisStore({ client, clock, staleMs: STALE_MS, purges, onPurged: () => undefined }), clock };
  };
  describeStore('redis', true, redisBench);
  describeForgetting('redis', true, redisBench);
});
