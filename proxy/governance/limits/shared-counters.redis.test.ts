import { randomUUID } from 'node:crypto';
import { assert, asyncProperty } from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { describeTopologies } from '../../redis/topologies.fixture.ts';
import { describeCounters } from './counters-conformance.fixture.ts';
import { START } from './limits.fixture.ts';
import { differenceFromModel, operations } from './sequential-model.fixture.ts';
import { SharedCounters } from './shared-counters.ts';

describeTopologies('limits', ({ connect, closeAll }) => {
  const open: SharedCounters[] = [];
  const close = (): void => {
    for (const counters of open.splice(0)) counters.close();
  };
  afterEach(close);

  const replica = async (prefix: string, clock: ManualClock): Promise<SharedCounters> => {
    const counters = new SharedCounters({ client: await connect({ prefix }), clock, time: () => clock.now() });
    open.push(counters);
    return counters;
  };

  describeCounters('Redis', async () => {
    const clock = new ManualClock(START);
    const prefix = `test-${randomUUID()}`;
    return { counters: await replica(prefix, clock), second: await replica(prefix, clock), clock };
  });

  test('any interleaving on two replicas equals the sequential model', async () => {
    await assert(
      asyncProperty(operations, async (steps) => {
        const prefix = `test-${randomUUID()}`;
        const clock = new ManualClock(START);
        const replicas = await Promise.all([replica(prefix, clock), replica(prefix, clock)]);
        expect(await differenceFromModel(replicas, clock, steps)).toBeUndefined();
        close();
        await closeAll();
      }),
      { numRuns: 60 },
    );
  });
});
