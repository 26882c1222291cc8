import type { Strategy, StrategyContext } from '../strategy.ts';
import { SmoothSequence } from './smooth.ts';

/** Shares by weight, as an exact and evenly spread sequence. */
export const weighted = {
  name: 'weighted',
  shares: 'weight',
  create({ phase }: Partial<StrategyContext> = {}) {
    const sequence = new SmoothSequence(phase);
    return (candidates) => sequence.next(candidates, ({ weight }) => weight);
  },
} satisfies Strategy;
