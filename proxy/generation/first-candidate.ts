import type { ProxyError } from '../core/errors.ts';
import type { CandidateLease, Candidates } from './candidates.ts';

/** Lets a request that must not be sent twice reach one endpoint of its candidates, and no other after it. */
export class FirstCandidate implements Candidates {
  readonly subject: string;
  readonly #all: Candidates;
  #asked = false;

  constructor(all: Candidates) {
    this.subject = all.subject;
    this.#all = all;
  }

  prepare(): void | Promise<void> {
    return this.#all.prepare();
  }

  next(): CandidateLease | undefined {
    if (this.#asked) return undefined;
    this.#asked = true;
    return this.#all.next();
  }

  mayGoOn(): boolean {
    return false;
  }

  get totalMs(): number {
    return this.#all.totalMs;
  }

  get isOverBudget(): boolean {
    return this.#all.isOverBudget;
  }

  retryAfterMs(): number {
    return this.#all.retryAfterMs();
  }

  get ownerUntried(): boolean {
    return this.#all.ownerUntried;
  }

  unavailable(): ProxyError {
    return this.#all.unavailable();
  }
}
