import type { Candidate } from '../strategy.ts';

/**
 * A number for each endpoint, beside the candidates of a turn. The same array of candidates turn after turn, as it comes
 * of many endpoints, needs no look at a map.
 */
export class PerCandidate {
  readonly #known = new Map<string, number>();
  #last: readonly Candidate[] = [];
  #current: number[] = [];

  /** In the order of the candidates; 0 at first. What is written there is kept. */
  of(candidates: readonly Candidate[]): number[] {
    if (candidates !== this.#last || candidates.length !== this.#current.length) this.#turnTo(candidates);
    return this.#current;
  }

  #turnTo(candidates: readonly Candidate[]): void {
    for (const [index, value] of this.#current.entries()) {
      const candidate = this.#last[index];
      if (candidate) this.#known.set(candidate.endpoint.id, value);
    }
    this.#last = candidates;
    this.#current = candidates.map(({ endpoint }) => this.#known.get(endpoint.id) ?? 0);
  }
}
