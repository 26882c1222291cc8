import type { Strategy } from '../strategy.ts';
import { draw } from './draw.ts';

/** Fewest requests in flight; ties by chance, in proportion to the weights. In slow start a request counts for more. */
export const leastBusy = {
  name: 'least-busy',
  create({ random }) {
    return (candidates) => {
      const least = Math.min(...candidates.map(({ inFlight, ramp }) => inFlight / ramp));
      return draw(
        candidates.filter(({ inFlight, ramp }) => inFlight / ramp === least),
        random,
      );
    };
  },
} satisfies Strategy;
