import type { Candidate } from '../strategy.ts';

/**
 * Smooth weighted round-robin (nginx's algorithm): every candidate earns its weight each turn, the richest is chosen and
 * pays the sum. Integer weights give each candidate exactly its weight in every cycle of as many turns as the weights' sum,
 * evenly spread: 5:1:1 gives AABACAA. Turns over a part of the candidates, or with weights in between, only shift the
 * credits; their sum stays 0, and the cycles are exact again soon afterwards.
 */
export class SmoothSequence {
  /** By the ids of endpoints; of the candidates of the last turn those in `#current` hold. */
  readonly #credits = new Map<string, number>();
  #last: readonly Candidate[] = [];
  #current: number[] = [];

  /** The next candidate; the earlier one wins a tie. Weights must be positive. */
  next<C extends Candidate>(candidates: readonly C[], weightOf: (candidate: C) => number): C | undefined {
    if (candidates !== this.#last || candidates.length !== this.#current.length) this.#turnTo(candidates);
    const current = this.#current;
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

  /** The same array turn after turn, as it comes of many endpoints, needs no look at the map. */
  #turnTo(candidates: readonly Candidate[]): void {
    this.#current.forEach((credit, index) => {
      const candidate = this.#last[index];
      if (candidate) this.#credits.set(candidate.endpoint.id, credit);
    });
    this.#last = candidates;
    this.#current = candidates.map(({ endpoint }) => this.#credits.get(endpoint.id) ?? 0);
  }
}
