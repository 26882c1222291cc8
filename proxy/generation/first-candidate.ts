import { CandidatesAround } from './candidates-around.ts';
import type { CandidateLease } from './candidates.ts';

/** Lets a request that must not be sent twice reach one endpoint of its candidates, and no other after it. */
export class FirstCandidate extends CandidatesAround {
  #asked = false;

  override next(): CandidateLease | undefined {
    if (this.#asked) return undefined;
    this.#asked = true;
    return super.next();
  }

  override mayGoOn(): boolean {
    return false;
  }
}
