import type { Strategy } from '../strategy.ts';
import { draw } from './draw.ts';

/** Fewest requests in flight; ties by chance, in proportion to the weights. In slow start a request counts for more. */
export const leastBusy = {
  name: 'least-busy',
  create({ random }) {
    return (candidates) => {
      let least = Infinity;
      let idlest: (typeof candidates)[number][] = [];
      for (const candidate of candidates) {
        const load = candidate.inFlight / candidate.ramp;
        if (load < least) [least, idlest] = [load, []];
        if (load === least) idlest.push(candidate);
      }
      return draw(idlest, random);
    };
  },
} satisfies Strategy;
