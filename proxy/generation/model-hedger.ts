import type { IncomingHttpHeaders } from 'node:http';
import type { RequestFacts } from '../protocols/types.ts';
import type { Hedging } from '../routing/hedging.ts';
import type { AttemptPlace, Hedger } from './hedge.ts';

/** The second attempt of one generation, within the budget of its model. */
export class ModelHedger implements Hedger {
  readonly #hedging: Hedging;
  readonly #kind: string;
  readonly #lease: () => AttemptPlace | undefined;
  #isMade = false;

  /** `kind`: what its times are comparable with. */
  constructor(hedging: Hedging, kind: string, lease: () => AttemptPlace | undefined) {
    this.#hedging = hedging;
    this.#kind = kind;
    this.#lease = lease;
    hedging.began();
  }

  get afterMs(): number | undefined {
    return this.#isMade ? undefined : this.#hedging.afterMs(this.#kind);
  }

  take(): AttemptPlace | undefined {
    if (this.#isMade || !this.#hedging.allows) return undefined;
    const lease = this.#lease();
    if (lease === undefined) return undefined;
    this.#isMade = true;
    this.#hedging.spend();
    return lease;
  }

  observed(ms: number): void {
    this.#hedging.observed(this.#kind, ms);
  }
}

/** Whether a request may be at two endpoints at the same time: it refers to nothing that one of them keeps, and leaves nothing there. */
export function mayRunTwice(facts: RequestFacts, headers: IncomingHttpHeaders): boolean {
  const { store, stateful, background, previousResponseId, encryptedItems } = facts;
  const isBound = previousResponseId !== undefined || encryptedItems.length > 0;
  return !store && !stateful && !background && !isBound && headers['idempotency-key'] === undefined;
}
