import type { ProxyError } from '../core/errors.ts';
import type { FairQueue } from '../routing/fair-queue.ts';
import type { Hedger } from './hedge.ts';
import type { CandidateLease, Candidates } from './candidates.ts';

/** Other candidates as they are: those that differ in something say only that. */
export abstract class CandidatesAround implements Candidates {
  protected readonly inner: Candidates;

  constructor(inner: Candidates) {
    this.inner = inner;
  }

  get subject(): string {
    return this.inner.subject;
  }

  get totalMs(): number {
    return this.inner.totalMs;
  }

  get isOverBudget(): boolean {
    return this.inner.isOverBudget;
  }

  get ownerUntried(): boolean {
    return this.inner.ownerUntried;
  }

  prepare(): void | Promise<void> {
    return this.inner.prepare();
  }

  next(): CandidateLease | undefined {
    return this.inner.next();
  }

  waitsAt(): FairQueue | undefined {
    return this.inner.waitsAt?.();
  }

  hedger(): Hedger | undefined {
    return this.inner.hedger?.();
  }

  mayGoOn(...[outcome, endpoint]: Parameters<Candidates['mayGoOn']>): boolean {
    return this.inner.mayGoOn(outcome, endpoint);
  }

  retryAfterMs(): number {
    return this.inner.retryAfterMs();
  }

  unavailable(): ProxyError {
    return this.inner.unavailable();
  }
}
