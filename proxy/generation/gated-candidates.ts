import type { ProxyError } from '../core/errors.ts';
import type { FairQueue } from '../routing/fair-queue.ts';
import type { Affinity } from '../routing/affinity.ts';
import { CandidatesAround } from './candidates-around.ts';
import {
  type CandidateLease,
  type CandidateModel,
  type CandidateRequest,
  type Candidates,
  ModelCandidates,
} from './candidates.ts';

/** The endpoints of a model, behind its gate where it has one. */
export function candidatesOf(model: CandidateModel, request: CandidateRequest, affinity: Affinity): Candidates {
  const candidates = new ModelCandidates(model, request, affinity);
  return model.gate ? new GatedCandidates(candidates, model.gate) : candidates;
}

/** Asks the gate once, when the generation starts: what it refuses reaches everyone who follows the generation. */
class GatedCandidates extends CandidatesAround {
  readonly #gate: NonNullable<CandidateModel['gate']>;
  #refusal: ProxyError | undefined;

  constructor(inner: Candidates, gate: NonNullable<CandidateModel['gate']>) {
    super(inner);
    this.#gate = gate;
  }

  override prepare(): void | Promise<void> {
    const refusal = this.#gate();
    return refusal instanceof Promise ? refusal.then((given) => this.#judged(given)) : this.#judged(refusal);
  }

  override next(): CandidateLease | undefined {
    return this.#refusal ? undefined : super.next();
  }

  override waitsAt(): FairQueue | undefined {
    return this.#refusal ? undefined : super.waitsAt();
  }

  override unavailable(): ProxyError {
    return this.#refusal ?? super.unavailable();
  }

  #judged(refusal: ProxyError | undefined): void | Promise<void> {
    this.#refusal = refusal;
    return refusal ? undefined : super.prepare();
  }
}
