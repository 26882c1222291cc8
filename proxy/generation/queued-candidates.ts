import { ProxyError } from '../core/errors.ts';
import type { FairQueue, QueueRefusal } from '../routing/fair-queue.ts';
import type { Slots } from '../routing/slots.ts';
import type { ModelRouter } from '../routing/types.ts';
import { CandidatesAround } from './candidates-around.ts';
import type { CandidateLease, Candidates } from './candidates.ts';
import { pauseHeaders } from './retry-advice.ts';

export interface Queueing {
  /** Present where the number of requests that run is bounded. */
  readonly slots: Slots | undefined;
  readonly router: Pick<ModelRouter, 'queue'>;
  /** Names who is calling; asked where the request has to wait. */
  caller(): string;
  /** Turns of the caller where others have one; asked then, too. Left out = 1. */
  weight?(): number;
}

/** The candidates, behind what bounds the number of requests that run; the candidates themselves where nothing does. */
export function queued(candidates: Candidates, queueing: Queueing): Candidates {
  const isBounded = queueing.slots !== undefined || queueing.router.queue !== undefined;
  return isBounded ? new QueuedCandidates(candidates, queueing) : candidates;
}

/** Lets a generation wait for its turn, in the whole proxy and at endpoints that are full. */
class QueuedCandidates extends CandidatesAround {
  readonly #queueing: Queueing;
  #hasSlot: boolean;
  /** Taken when its turn came. */
  #taken: CandidateLease | undefined;
  #leave: (() => void) | undefined;
  #refusal: ProxyError | undefined;
  #isClosed = false;

  constructor(inner: Candidates, queueing: Queueing) {
    super(inner);
    this.#queueing = queueing;
    this.#hasSlot = queueing.slots === undefined;
  }

  override next(): CandidateLease | undefined {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken) return taken;
    if (this.#refusal || !this.#takeSlot(false)) return undefined;
    // Who comes later waits behind those that wait.
    return (this.#queueing.router.queue?.size ?? 0) > 0 ? undefined : super.next();
  }

  wait(go: () => void): boolean {
    if (this.#refusal || this.#isClosed) return false;
    const { slots } = this.#queueing;
    if (slots && !this.#hasSlot) return this.#enter(slots.queue, () => this.#takeSlot(true), go);
    const queue = super.waitsAt();
    if (queue === undefined) return false;
    return this.#enter(
      queue,
      () => {
        this.#taken = super.next();
        return this.#taken !== undefined;
      },
      go,
    );
  }

  override unavailable(): ProxyError {
    return this.#refusal ?? super.unavailable();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave?.();
    this.#taken?.lease.release({ kind: 'client_left' });
    this.#taken = undefined;
    if (this.#hasSlot) this.#queueing.slots?.giveBack();
  }

  #takeSlot(isTurn: boolean): boolean {
    const { slots } = this.#queueing;
    if (this.#hasSlot || slots === undefined) return true;
    this.#hasSlot = (isTurn || slots.queue.size === 0) && slots.take();
    return this.#hasSlot;
  }

  #enter(queue: FairQueue, take: () => boolean, go: () => void): boolean {
    let isIn = false;
    const leave = queue.enter({
      caller: this.#queueing.caller(),
      weight: this.#queueing.weight?.() ?? 1,
      take: () => {
        if (!take()) return false;
        this.#leave = undefined;
        queueMicrotask(go);
        return true;
      },
      refused: (why) => {
        this.#leave = undefined;
        this.#refusal = refusalError(why, this.subject, queue);
        if (isIn) go();
      },
    });
    isIn = leave !== undefined;
    this.#leave = leave;
    return isIn;
  }
}

/** Of the longest wait: after so long a request that is refused may try again. */
const PAUSE_SHARE = 0.1;

function refusalError(why: QueueRefusal, subject: string, { timeoutMs }: FairQueue): ProxyError {
  if (why === 'closed')
    return new ProxyError('shutting_down', 'The proxy is stopping; this request was still waiting.');
  const headers = pauseHeaders(timeoutMs * PAUSE_SHARE);
  if (why === 'share') {
    const message = `Too many requests of yours wait for ${subject}; those of other callers come first.`;
    return new ProxyError('queue_share_exceeded', message, { headers });
  }
  if (why === 'full') {
    const message = `Too many requests run and wait for ${subject} to take another one.`;
    return new ProxyError('queue_full', message, { headers });
  }
  return new ProxyError('queue_timeout', `No request could be sent to ${subject} within ${timeoutMs} ms.`, { headers });
}
