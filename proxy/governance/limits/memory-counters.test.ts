import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { describeCounters } from './counters-conformance.fixture.ts';
import { makeLimit, START } from './limits.fixture.ts';
import { MemoryCounters } from './memory-counters.ts';

function makeBench() {
  const clock = new ManualClock(START);
  return { counters: new MemoryCounters({ now: () => clock.now() }), clock };
}

describeCounters('memory', () => Promise.resolve(makeBench()));

test('what runs in memory answers within the turn', () => {
  const { counters } = makeBench();
  const { reservation } = counters.reserve({ claims: [{ limit: makeLimit('requests', 1), mode: 'take' }] });
  expect(reservation?.taken).toHaveLength(1);
});
