import type { Candidate, Strategy } from '../strategy.ts';

/** Fewest requests in flight; ties by chance, in proportion to the weights. In slow start a request counts for more. */
export const leastBusy = {
  name: 'least-busy',
  shares: 'measured',
  create({ random }) {
    return (candidates) => {
      let least = Infinity;
      let weights = 0;
      let idlest = 0;
      for (const candidate of candidates) {
        const load = loadOf(candidate);
        if (load > least) continue;
        if (load < least) [least, weights, idlest] = [load, 0, 0];
        weights += candidate.weight;
        idlest += 1;
      }
      let rest = idlest < 2 ? 0 : random() * weights;
      let chosen: (typeof candidates)[number] | undefined;
      for (const candidate of candidates) {
        if (loadOf(candidate) !== least) continue;
        chosen = candidate;
        rest -= candidate.weight;
        if (rest < 0) break;
      }
      return chosen;
    };
  },
} satisfies Strategy;

function loadOf({ inFlight, ramp }: Candidate): number {
  return inFlight / ramp;
}
