import type { Strategy } from '../strategy.ts';
import { draw } from './draw.ts';

/** By chance, in proportion to the weights. */
export const random = {
  name: 'random',
  shares: 'weight',
  create({ random }) {
    return (candidates) => draw(candidates, random);
  },
} satisfies Strategy;
