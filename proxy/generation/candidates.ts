import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import { credentialDigest } from '../providers/credential-digest.ts';
import type { RequestFacts } from '../protocols/types.ts';
import { accountOf } from '../routing/account.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { FairQueue } from '../routing/fair-queue.ts';
import type { Endpoint, Lease, ModelRouter, RouteRequest } from '../routing/types.ts';
import type { Hedging } from '../routing/hedging.ts';
import type { RetryBudget } from '../routing/retry-budget.ts';
import { AttemptKeys } from './attempt-keys.ts';
import type { CallerKeys } from './caller-keys.ts';
import type { Hedger } from './hedge.ts';
import { mayRunTwice, ModelHedger } from './model-hedger.ts';
import { pauseHeaders } from './retry-advice.ts';
import type { AttemptTimeouts, RequestTimeouts } from './timeouts.ts';

/** The endpoints that a generation may ask, one after the other. Serves one generation. */
export interface Candidates {
  /** What the endpoints serve, for error sentences: `model 'gpt-4o'`. */
  readonly subject: string;
  /** Finds out what the choice depends on; a promise only when it has to be waited for. */
  prepare(): void | Promise<void>;
  /** The next endpoint, leased; undefined when none may be asked any more. */
  next(): CandidateLease | undefined;
  /** Whether another endpoint may be asked after this outcome; takes note of what its choice then depends on. */
  mayGoOn(outcome: Outcome, endpoint: Endpoint): boolean;
  /** Milliseconds until an answer must be committed. */
  readonly totalMs: number;
  /** Milliseconds until some endpoint takes a request again, by what is known now; 0 when one does. */
  retryAfterMs(): number;
  /** A further attempt was not made because others use up the retry budget. */
  readonly isOverBudget: boolean;
  /** The endpoint that alone can answer is known, and could not be asked. */
  readonly ownerUntried: boolean;
  /** What the client is told when no endpoint could be asked at all. */
  unavailable(): ProxyError;
  /** Where an endpoint would be asked, were it not full: the queue for it. */
  waitsAt?(): FairQueue | undefined;
  /** Once the choice is prepared: how a second attempt may be made beside the first; undefined = none may. */
  hedger?(): Hedger | undefined;
  /** After `next` gave none: whether to wait, until `go` is called. It is called once, whatever came of the wait. */
  wait?(go: () => void): boolean;
  /** The generation is over, or nothing is left of it to wait for. */
  close?(): void;
}

export interface CandidateLease {
  readonly lease: Lease;
  readonly timeouts: AttemptTimeouts;
  /**
   * Another account is known to have made the signed or encrypted reasoning that the request brings back: this endpoint
   * cannot read it.
   */
  readonly foreignSeals: boolean;
}

/** The part of a configured model that its candidates are made of. */
export interface CandidateModel {
  readonly name: string;
  readonly router: ModelRouter;
  /** Endpoints tried for one request at most. */
  readonly attempts: number;
  readonly timeouts: RequestTimeouts;
  readonly retries: RetryBudget;
  /** Present where a second attempt may be made beside one that has no content for long. */
  readonly hedging?: Hedging | undefined;
  /** Asked when a generation starts: an error in place of an attempt. Does not throw. */
  readonly gate?: () => ProxyError | undefined | Promise<ProxyError | undefined>;
}

/** The part of a request that the choice of its endpoint depends on. */
export interface CandidateRequest {
  /** Operation or route family: its limits and troubles are no other's. */
  readonly operation: string;
  readonly facts: RequestFacts;
  readonly headers: IncomingHttpHeaders;
  /** Id of the one endpoint that has what the request is about. */
  readonly only?: string | undefined;
  /** Present where some endpoint is asked with a key of the caller's own. */
  readonly keys?: CallerKeys | undefined;
}

/** The endpoints of one model, chosen by its router. */
export class ModelCandidates implements Candidates {
  readonly subject: string;
  readonly #model: CandidateModel;
  readonly #request: CandidateRequest;
  readonly #affinity: Affinity;
  readonly #keys: AttemptKeys | undefined;
  readonly #tried = new Set<string>();
  /** Endpoints that count as tried and were no attempt: an account that does not know a response is asked before the one that does. */
  #free = 0;
  #route: RouteRequest;
  #overBudget = false;

  constructor(model: CandidateModel, request: CandidateRequest, affinity: Affinity) {
    const { operation, facts, headers, keys } = request;
    const credential = model.router.forwardsCredential ? { credential: credentialDigest(headers) } : {};
    this.subject = `model '${model.name}'`;
    this.#model = model;
    this.#request = request;
    this.#route = { operation, ...(facts.model === '' ? {} : { model: facts.model }), ...credential };
    this.#affinity = affinity;
    this.#keys = keys && new AttemptKeys(keys, model.router.endpoints);
    if (request.only !== undefined) this.#keepTo(request.only);
  }

  /** Stickiness, and the endpoint that owns the ids which the request refers to. */
  prepare(): void | Promise<void> {
    const { facts, headers } = this.#request;
    const { encryptedItems, previousResponseId } = facts;
    const stickyKey = this.#model.router.stickyKey(facts, (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : undefined;
    });
    if (stickyKey !== undefined) this.#route = { ...this.#route, stickyKey };
    const ids = [...encryptedItems, ...(previousResponseId === undefined ? [] : [previousResponseId])];
    if (ids.length === 0) return undefined;
    const known = this.#affinity.peek(ids);
    if (known !== undefined) return this.#own(known);
    return this.#affinity.find(ids).then((ownerId) => this.#own(ownerId));
  }

  next(): CandidateLease | undefined {
    const { attempts, retries, router, timeouts } = this.#model;
    const made = this.#tried.size - this.#free;
    if (made >= attempts) return undefined;
    // The first move away from an endpoint costs nothing; what comes after it could multiply an outage.
    const isExtra = made > 1;
    if (isExtra && !retries.allows(router.inFlight)) {
      this.#overBudget = true;
      return undefined;
    }
    const lease = router.acquire(this.#narrowed, this.#tried);
    if (lease === undefined) return undefined;
    this.#tried.add(lease.endpoint.id);
    const foreignSeals = this.#isForeign(lease.endpoint);
    const paid = isExtra ? retries.spend(lease) : lease;
    return { lease: this.#keys ? this.#keys.leased(paid) : paid, timeouts, foreignSeals };
  }

  waitsAt(): FairQueue | undefined {
    const { attempts, router } = this.#model;
    if (this.#overBudget || this.#tried.size - this.#free >= attempts) return undefined;
    return router.canWait?.(this.#narrowed, this.#tried) === true ? router.queue : undefined;
  }

  hedger(): Hedger | undefined {
    const { hedging, router, attempts, timeouts } = this.#model;
    const { facts, headers, operation } = this.#request;
    const isOpen = this.#keys === undefined && this.#route.ownerId === undefined && mayRunTwice(facts, headers);
    if (hedging === undefined || !isOpen || router.endpoints.length < 2) return undefined;
    return new ModelHedger(hedging, `${operation} ${facts.stream}`, () => {
      const isFull = this.#tried.size >= attempts || (router.queue?.size ?? 0) > 0;
      const lease = isFull ? undefined : router.acquire({ ...this.#route, admittingOnly: true }, this.#tried);
      if (lease === undefined) return undefined;
      this.#tried.add(lease.endpoint.id);
      return { lease, timeouts, foreignSeals: false };
    });
  }

  mayGoOn(outcome: Outcome, endpoint: Endpoint): boolean {
    const { retry } = OUTCOMES[outcome.kind];
    if (this.#keys?.fallsBack(outcome, endpoint)) {
      this.#tried.delete(endpoint.id);
      return true;
    }
    if (retry === 'larger-context') {
      this.#route = { ...this.#route, contextLargerThan: endpoint.contextWindow ?? 0 };
      return true;
    }
    if (retry === 'other-account') {
      this.#free += 1;
      this.#route = { ...this.#route, otherAccount: true };
      return true;
    }
    return retry !== 'no';
  }

  get ownerUntried(): boolean {
    const { ownerId } = this.#route;
    const isOwner = ({ id }: Endpoint): boolean => id === ownerId;
    return ownerId !== undefined && !this.#tried.has(ownerId) && this.#model.router.endpoints.some(isOwner);
  }

  get isOverBudget(): boolean {
    return this.#overBudget;
  }

  get totalMs(): number {
    return this.#model.timeouts.totalMs;
  }

  retryAfterMs(): number {
    return this.#model.router.refusal(this.#route).retryAfterMs;
  }

  unavailable(): ProxyError {
    const ownKeys = this.#keys?.refusal(this.#tried);
    if (ownKeys) return ownKeys;
    const { retryAfterMs, callersLimit } = this.#model.router.refusal(this.#route);
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
    const headers = pauseHeaders(retryAfterMs);
    if (callersLimit) {
      const message = `Your credential is rate limited for model '${this.#model.name}'. Try again in ${seconds} s.`;
      return new ProxyError('credential_rate_limited', message, { headers });
    }
    return new ProxyError(
      'no_endpoint_available',
      `No endpoint of ${this.subject} can take a request now. Try again in ${seconds} s.`,
      { headers },
    );
  }

  get #narrowed(): RouteRequest {
    return this.#keys ? this.#keys.narrowed(this.#route) : this.#route;
  }

  #isForeign(endpoint: Endpoint): boolean {
    const { ownerId } = this.#route;
    if (ownerId === undefined || ownerId === endpoint.id || this.#request.facts.encryptedItems.length === 0)
      return false;
    const owner = this.#model.router.endpoints.find(({ id }) => id === ownerId);
    return owner === undefined || accountOf(owner) !== accountOf(endpoint);
  }

  #keepTo(endpointId: string): void {
    for (const { id } of this.#model.router.endpoints) if (id !== endpointId) this.#tried.add(id);
    this.#free = this.#tried.size;
    this.#own(endpointId);
  }

  #own(ownerId: string | undefined): void {
    if (ownerId !== undefined) this.#route = { ...this.#route, ownerId };
  }
}
