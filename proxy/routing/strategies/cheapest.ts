import type { Candidate, Strategy, StrategyContext } from '../strategy.ts';
import { RampGate } from './ramp-gate.ts';
import { SmoothSequence } from './smooth.ts';

/**
 * Lowest price (input + output per million tokens), ties by weight; endpoints without a price come last. While the
 * cheapest is in slow start, only its share of the requests goes to it and the rest to the next price.
 */
export const cheapest = {
  name: 'cheapest',
  create({ phase }: Partial<StrategyContext> = {}) {
    const sequence = new SmoothSequence(phase);
    const gate = new RampGate();
    return (candidates) => {
      let rest = [...candidates];
      while (rest.length > 0) {
        const price = Math.min(...rest.map(priceOf));
        const dearer = rest.filter((candidate) => priceOf(candidate) > price);
        const choice = sequence.next(
          rest.filter((candidate) => priceOf(candidate) === price),
          ({ weight }) => weight,
        );
        if (choice === undefined || dearer.length === 0 || gate.admits(choice)) return choice;
        rest = dearer;
      }
      return undefined;
    };
  },
} satisfies Strategy;

function priceOf({ endpoint: { price } }: Candidate): number {
  return price === undefined ? Infinity : price.input + price.output;
}
