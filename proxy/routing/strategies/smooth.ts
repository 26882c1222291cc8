import type { Random } from '../../core/random.ts';
import type { Candidate } from '../strategy.ts';
import { PerCandidate } from './per-candidate.ts';

/**
 * Smooth weighted round-robin (nginx's algorithm): every candidate earns its weight each turn, the richest is chosen and
 * pays the sum. Integer weights give each candidate exactly its weight in every cycle of as many turns as the weights' sum,
 * evenly spread: 5:1:1 gives AABACAA. Turns over a part of the candidates, or with weights in between, only shift the
 * credits; their sum stays 0, and the cycles are exact again soon afterwards. With `phase` the first turn is anywhere in
 * the cycle: the first candidates have credits at random.
 */
export class SmoothSequence {
  readonly #credits = new PerCandidate();
  /** Until the first turn, where it is to be anywhere in the cycle. */
  #phase: Random | undefined;

  constructor(phase?: Random) {
    this.#phase = phase;
  }

  /** The next candidate; the earlier one wins a tie. Weights must be positive. */
  next<C extends Candidate>(candidates: readonly C[], weightOf: (candidate: C) => number): C | undefined {
    const current = this.#credits.of(candidates);
    if (this.#phase !== undefined && candidates.length > 0) this.#begin(candidates.map(weightOf), current, this.#phase);
    let best = -1;
    let bestCredit = -Infinity;
    let total = 0;
    for (let index = 0; index < current.length; index++) {
      const weight = weightOf(candidates[index] as C);
      const credit = (current[index] as number) + weight;
      current[index] = credit;
      total += weight;
      if (credit > bestCredit) {
        best = index;
        bestCredit = credit;
      }
    }
    if (best === -1) return undefined;
    current[best] = bestCredit - total;
    return candidates[best];
  }

  /** Credits run through a range as wide as the sum of the weights; theirs adds up to 0. */
  #begin(weights: readonly number[], credits: number[], phase: Random): void {
    this.#phase = undefined;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const draws = weights.map(() => phase());
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    for (const [index, draw] of draws.entries()) credits[index] = (draw - mean) * total;
  }
}
