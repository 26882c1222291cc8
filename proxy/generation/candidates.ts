import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { RequestFacts } from '../protocols/types.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { Endpoint, Lease, ModelRouter, RouteRequest } from '../routing/types.ts';
import type { UpstreamTimeouts } from '../upstream/types.ts';

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
  /** What the client is told when no endpoint could be asked at all. */
  unavailable(): ProxyError;
}

export interface CandidateLease {
  readonly lease: Lease;
  readonly timeouts: UpstreamTimeouts;
}

/** The part of a configured model that its candidates are made of. */
export interface CandidateModel {
  readonly name: string;
  readonly router: ModelRouter;
  /** Endpoints tried for one request at most. */
  readonly attempts: number;
  readonly timeouts: UpstreamTimeouts;
}

/** The endpoints of one model, chosen by its router. */
export class ModelCandidates implements Candidates {
  readonly subject: string;
  readonly #model: CandidateModel;
  readonly #facts: RequestFacts;
  readonly #headers: IncomingHttpHeaders;
  readonly #affinity: Affinity;
  readonly #tried = new Set<string>();
  #route: RouteRequest = {};

  constructor(model: CandidateModel, facts: RequestFacts, headers: IncomingHttpHeaders, affinity: Affinity) {
    this.subject = `model '${model.name}'`;
    this.#model = model;
    this.#facts = facts;
    this.#headers = headers;
    this.#affinity = affinity;
  }

  /** Stickiness, and the endpoint that owns the ids which the request refers to. */
  prepare(): void | Promise<void> {
    const { encryptedItems, previousResponseId } = this.#facts;
    const stickyKey = this.#model.router.stickyKey(this.#facts, (name) => {
      const value = this.#headers[name];
      return typeof value === 'string' ? value : undefined;
    });
    if (stickyKey !== undefined) this.#route = { stickyKey };
    const ids = [...encryptedItems, ...(previousResponseId === undefined ? [] : [previousResponseId])];
    if (ids.length === 0) return undefined;
    const known = this.#affinity.peek(ids);
    if (known !== undefined) return this.#own(known);
    return this.#affinity.find(ids).then((ownerId) => this.#own(ownerId));
  }

  next(): CandidateLease | undefined {
    const { attempts, router, timeouts } = this.#model;
    const lease = this.#tried.size < attempts ? router.acquire(this.#route, this.#tried) : undefined;
    if (lease === undefined) return undefined;
    this.#tried.add(lease.endpoint.id);
    return { lease, timeouts };
  }

  mayGoOn(outcome: Outcome, endpoint: Endpoint): boolean {
    const { retry } = OUTCOMES[outcome.kind];
    if (retry === 'larger-context') {
      this.#route = { ...this.#route, contextLargerThan: endpoint.contextWindow ?? 0 };
      return true;
    }
    return retry !== 'no';
  }

  unavailable(): ProxyError {
    const seconds = Math.max(1, Math.ceil(this.#model.router.retryAfterMs() / 1_000));
    return new ProxyError(
      'no_endpoint_available',
      `No endpoint of ${this.subject} can take a request now. Try again in ${seconds} s.`,
      { headers: { 'retry-after': String(seconds) } },
    );
  }

  #own(ownerId: string | undefined): void {
    if (ownerId !== undefined) this.#route = { ...this.#route, ownerId };
  }
}
