import type { Candidate } from '../strategy.ts';

/**
 * Smooth weighted round-robin (nginx's algorithm): every candidate earns its weight each turn, the richest is chosen and
 * pays the sum. Integer weights give each candidate exactly its weight in every cycle of as many turns as the weights' sum,
 * evenly spread: 5:1:1 gives AABACAA. Turns over a part of the candidates, or with weights in between, only shift the
 * credits; their sum stays 0, and the cycles are exact again soon afterwards.
 */
export class SmoothSequence {
  readonly #credits = new Map<string, number>();

  /** The next candidate; the earlier one wins a tie. Weights must be positive. */
  next<C extends Candidate>(candidates: readonly C[], weightOf: (candidate: C) => number): C | undefined {
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
}
