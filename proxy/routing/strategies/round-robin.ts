import type { Strategy } from '../strategy.ts';
import { SmoothSequence } from './smooth.ts';

/** One after the other, whatever the weights say (but weight 0 stays in reserve). */
export const roundRobin = {
  name: 'round-robin',
  create() {
    const sequence = new SmoothSequence();
    return (candidates) => sequence.next(candidates, ({ ramp }) => ramp);
  },
} satisfies Strategy;
