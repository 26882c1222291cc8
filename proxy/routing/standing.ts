import type { Health } from './health.ts';
import type { Member } from './member.ts';
import type { Candidate } from './strategy.ts';
import type { Endpoint, RouteRequest } from './types.ts';

/** How an endpoint stands for one request: its health in every scope that the request falls into, taken together. */
export class Standing implements Candidate {
  readonly member: Member;
  readonly endpoint: Endpoint;
  readonly #whole: Health;
  readonly #operation: Health | undefined;
  /** Milliseconds for which the model is known to be missing here. */
  readonly #missingMs: number;
  /** Milliseconds that the caller's credential has to wait for here. */
  readonly #limitedMs: number;
  /** Milliseconds that an operator keeps it out. */
  readonly #heldMs: number;
  /** Part of its load that the endpoint gets by what is left of its provider's limits. */
  readonly #share: number;

  constructor(member: Member, request: RouteRequest, share = 1) {
    this.#share = share;
    const scope = member.scopeOf(request);
    this.member = member;
    this.endpoint = member.endpoint;
    this.#whole = member.health.whole;
    this.#operation = member.health.operation(request.operation);
    this.#missingMs = member.health.missingMs(scope);
    this.#limitedMs = member.health.limitedMs(scope);
    this.#heldMs = member.health.byHand.remainingMs;
  }

  get admitting(): boolean {
    if (this.#isKeptOut) return false;
    return this.#whole.state === 'admitting' && (this.#operation?.state ?? 'admitting') === 'admitting';
  }

  /** One more request here should get no 429. */
  get hasRoom(): boolean {
    return this.member.room?.isOpen !== false;
  }

  /** A request may find out now whether the endpoint is well again. */
  get due(): boolean {
    if (this.#isKeptOut) return false;
    const whole = this.#whole;
    const operation = this.#operation;
    if (operation === undefined || operation.state === 'admitting') return whole.due;
    return operation.due && (whole.state === 'admitting' || whole.due);
  }

  /** Not to be called yet: the endpoint has said so. */
  get blocked(): boolean {
    return this.#limitedMs > 0 || this.endpointBlocked;
  }

  /** Blocked for the requests of every caller. */
  get endpointBlocked(): boolean {
    return this.#heldMs > 0 || this.#whole.blocked || this.#operation?.blocked === true;
  }

  /** The caller's own credential is what stands in the way. */
  get limited(): boolean {
    return this.#limitedMs > 0 && !this.endpointBlocked;
  }

  /** Out for a reason that a further request now would only meet again. */
  get refusing(): boolean {
    if (this.#isKeptOut) return true;
    return this.#whole.refusing || this.#operation?.refusing === true;
  }

  /** Milliseconds until a request may be sent here again. */
  get retryAfterMs(): number {
    return Math.max(this.#limitedMs, this.#heldMs, this.#whole.retryAfterMs, this.#operation?.retryAfterMs ?? 0);
  }

  /** For comparison: monotonic end of the longest ejection, -Infinity when there is none. */
  get ejectedUntil(): number {
    return Math.max(this.#whole.ejectedUntil, this.#operation?.ejectedUntil ?? -Infinity);
  }

  get ramp(): number {
    return Math.min(this.#whole.ramp, this.#operation?.ramp ?? 1);
  }

  get weight(): number {
    return (this.endpoint.weight === 0 ? 1 : this.endpoint.weight) * this.ramp * this.#share;
  }

  /** For a reason that is no ejection of the endpoint or of its operation. */
  get #isKeptOut(): boolean {
    return this.#missingMs > 0 || this.#limitedMs > 0 || this.#heldMs > 0;
  }

  get inFlight(): number {
    return this.member.inFlight;
  }

  get failures(): number {
    return this.#whole.failures + (this.#operation?.failures ?? 0);
  }

  get expectedMs(): number | undefined {
    return this.member.expectedMs;
  }
}
