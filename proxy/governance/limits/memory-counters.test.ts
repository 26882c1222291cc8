import { assert, asyncProperty } from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { describeCounters } from './counters-conformance.fixture.ts';
import { makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';
import { differenceFromModel, operations } from './sequential-model.fixture.ts';

function makeBench() {
  const clock = new ManualClock(START);
  const counters = new MemoryCounters({ now: () => clock.now() });
  return { counters, second: counters, clock };
}

describeCounters('memory', () => Promise.resolve(makeBench()));

test('what runs in memory answers within the turn', () => {
  const { counters } = makeBench();
  const { reservation } = counters.reserve({ claims: [{ limit: makeLimit('requests', 1), mode: 'take' }] });
  expect(reservation?.taken).toHaveLength(1);
});

test('any interleaving of requests, failures, resets, edits and clock jumps equals the sequential model', async () => {
  await assert(
    asyncProperty(operations, async (steps) => {
      const { counters, clock } = makeBench();
      expect(await differenceFromModel([counters], clock, steps)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
