import type { Candidate, Strategy, StrategyContext } from '../strategy.ts';
import { RampGate } from './ramp-gate.ts';
import { SmoothSequence } from './smooth.ts';

/**
 * Lowest price (input + output per million tokens), ties by weight; endpoints without a price come last. While the
 * cheapest is in slow start, only its share of the requests goes to it and the rest to the next price.
 */
export const cheapest = {
  name: 'cheapest',
  shares: 'price',
  create({ phase }: Partial<StrategyContext> = {}) {
    const sequence = new SmoothSequence(phase);
    const gate = new RampGate();
    const tiers = new Tiers();
    return (candidates) => {
      const places = tiers.of(candidates);
      for (const [index, tier] of places.entries()) {
        const choice = sequence.next(tier, weightOf);
        if (choice === undefined || index === places.length - 1) return choice;
        if (gate.admits(choice)) return choice;
      }
      return undefined;
    };
  },
} satisfies Strategy;

function priceOf({ endpoint: { price } }: Candidate): number {
  return price === undefined ? Infinity : price.input + price.output;
}

function weightOf({ weight }: Candidate): number {
  return weight;
}

/** The candidates of one price each, the lowest first; made once for an array that comes again. */
class Tiers {
  #last: readonly Candidate[] = [];
  #tiers: readonly (readonly Candidate[])[] = [];

  of<C extends Candidate>(candidates: readonly C[]): readonly (readonly C[])[] {
    if (candidates !== this.#last) {
      const byPrice = Map.groupBy(candidates, priceOf);
      this.#tiers = [...byPrice].toSorted(([a], [b]) => (a === b ? 0 : a - b)).map(([, tier]) => tier);
      this.#last = candidates;
    }
    return this.#tiers as readonly (readonly C[])[];
  }
}
