import type { ProxyError } from '../core/errors.ts';
import type { FairQueue } from '../routing/fair-queue.ts';
import type { Affinity } from '../routing/affinity.ts';
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
class GatedCandidates implements Candidates {
  readonly #inner: Candidates;
  readonly #gate: NonNullable<CandidateModel['gate']>;
  #refusal: ProxyError | undefined;

  constructor(inner: Candidates, gate: NonNullable<CandidateModel['gate']>) {
    this.#inner = inner;
    this.#gate = gate;
  }

  get subject(): string {
    return this.#inner.subject;
  }

  get totalMs(): number {
    return this.#inner.totalMs;
  }

  get isOverBudget(): boolean {
    return this.#inner.isOverBudget;
  }

  get ownerUntried(): boolean {
    return this.#inner.ownerUntried;
  }

  prepare(): void | Promise<void> {
    const refusal = this.#gate();
    return refusal instanceof Promise ? refusal.then((given) => this.#judged(given)) : this.#judged(refusal);
  }

  next(): CandidateLease | undefined {
    return this.#refusal ? undefined : this.#inner.next();
  }

  waitsAt(): FairQueue | undefined {
    return this.#refusal ? undefined : this.#inner.waitsAt?.();
  }

  mayGoOn(...[outcome, endpoint]: Parameters<Candidates['mayGoOn']>): boolean {
    return this.#inner.mayGoOn(outcome, endpoint);
  }

  retryAfterMs(): number {
    return this.#inner.retryAfterMs();
  }

  unavailable(): ProxyError {
    return this.#refusal ?? this.#inner.unavailable();
  }

  #judged(refusal: ProxyError | undefined): void | Promise<void> {
    this.#refusal = refusal;
    return refusal ? undefined : this.#inner.prepare();
  }
}
