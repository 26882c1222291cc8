import type { Candidate } from '../strategy.ts';

/** Lets an endpoint in slow start take just its share of the turns that come to it, evenly spread and without dice. */
export class RampGate {
  readonly #credits = new Map<string, number>();

  /** Whether the endpoint takes this turn. */
  admits({ endpoint, ramp }: Candidate): boolean {
    if (ramp >= 1) return true;
    const credit = (this.#credits.get(endpoint.id) ?? 0) + ramp;
    this.#credits.set(endpoint.id, credit >= 1 ? credit - 1 : credit);
    return credit >= 1;
  }
}
