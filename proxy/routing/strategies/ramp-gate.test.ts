import { expect, test } from 'vitest';

import { candidate } from '../routing.fixture.ts';
import { RampGate } from './ramp-gate.ts';

test('admits an endpoint to the share of turns that its ramp says, evenly', () => {
  const gate = new RampGate();
  const quarter = candidate('a', { ramp: 0.25 });
  expect(Array.from({ length: 8 }, () => gate.admits(quarter))).toEqual([
    false,
    false,
    false,
    true,
    false,
    false,
    false,
    true,
  ]);
});

test('never holds an endpoint back that is not in slow start', () => {
  const gate = new RampGate();
  expect([1, 2, 3].map(() => gate.admits(candidate('a')))).toEqual([true, true, true]);
});
