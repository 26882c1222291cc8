import type { Random } from '../../core/random.ts';
import type { Candidate } from '../strategy.ts';

/**
 * Smooth weighted round-robin (nginx's algorithm): every candidate earns its weight each turn, the richest is chosen and
 * pays the sum. Integer weights give each candidate exactly its weight in every cycle of as many turns as the weights' sum,
 * evenly spread: 5:1:1 gives AABACAA. Turns over a part of the candidates, or with weights in between, only shift the
 * credits; their sum stays 0, and the cycles are exact again soon afterwards. With `phase` the first turn is anywhere in
 * the cycle: the first candidates have credits at random.
 */
export class SmoothSequence {
  readonly #credits = new Map<string, number>();
  readonly #phase: Random | undefined;

  constructor(phase?: Random) {
    this.#phase = phase;
  }

  /** The next candidate; the earlier one wins a tie. Weights must be positive. */
  next<C extends Candidate>(candidates: readonly C[], weightOf: (candidate: C) => number): C | undefined {
    if (this.#phase !== undefined && this.#credits.size === 0) this.#begin(candidates, weightOf, this.#phase);
    let best: C | undefined;
    let bestCredit = -Infinity;
    let total = 0;
    for (const candidate of candidates) {
      const weight = weightOf(candidate);
      const credit = (this.#credits.get(candidate.endpoint.id) ?? 0) + weight;
      this.#credits.set(candidate.endpoint.id, credit);
      total += weight;
      if (credit > bestCredit) {
        best = candidate;
        bestCredit = credit;
      }
    }
    if (best !== undefined) this.#credits.set(best.endpoint.id, bestCredit - total);
    return best;
  }

  /** Credits run through a range as wide as the sum of the weights; theirs adds up to 0. */
  #begin<C extends Candidate>(candidates: readonly C[], weightOf: (candidate: C) => number, phase: Random): void {
    const total = candidates.reduce((sum, candidate) => sum + weightOf(candidate), 0);
    const draws = candidates.map(() => phase());
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    candidates.forEach(({ endpoint }, index) => this.#credits.set(endpoint.id, ((draws[index] ?? 0) - mean) * total));
  }
}
