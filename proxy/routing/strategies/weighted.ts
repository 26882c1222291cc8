import type { Strategy } from '../strategy.ts';
import { SmoothSequence } from './smooth.ts';

/** Shares by weight, as an exact and evenly spread sequence. */
export const weighted = {
  name: 'weighted',
  create() {
    const sequence = new SmoothSequence();
    return (candidates) => sequence.next(candidates, ({ weight }) => weight);
  },
} satisfies Strategy;
