import type { FairQueue } from './fair-queue.ts';
import type { Endpoint, Lease, ModelRouter, Refusal, RouteRequest } from './types.ts';

/** Some endpoints of a model: they are balanced and judged together with all of them, and no other is asked. */
export class NarrowRouter implements ModelRouter {
  readonly model: string;
  readonly endpoints: readonly Endpoint[];
  readonly forwardsCredential: boolean;
  readonly stickyKey: ModelRouter['stickyKey'];
  readonly #whole: ModelRouter;
  readonly #within: ReadonlySet<string>;

  constructor(whole: ModelRouter, within: ReadonlySet<string>) {
    this.model = whole.model;
    this.endpoints = whole.endpoints.filter(({ id }) => within.has(id));
    this.forwardsCredential = this.endpoints.some(({ credential }) => credential.kind === 'forward');
    this.stickyKey = (facts, header) => whole.stickyKey(facts, header);
    this.#whole = whole;
    this.#within = within;
  }

  /** Of the whole model: its budget of retries is one. */
  get inFlight(): number {
    return this.#whole.inFlight;
  }

  acquire(request: RouteRequest, tried: ReadonlySet<string>): Lease | undefined {
    return this.#whole.acquire(this.#narrowed(request), tried);
  }

  get queue(): FairQueue | undefined {
    return this.#whole.queue;
  }

  canWait(request: RouteRequest, tried: ReadonlySet<string>): boolean {
    return this.#whole.canWait?.(this.#narrowed(request), tried) === true;
  }

  refusal(request: RouteRequest): Refusal {
    return this.#whole.refusal(this.#narrowed(request));
  }

  /** A request that was narrowed before stays within both. */
  #narrowed(request: RouteRequest): RouteRequest {
    const { within } = request;
    if (within === undefined) return { ...request, within: this.#within };
    return { ...request, within: new Set([...this.#within].filter((id) => within.has(id))) };
  }
}
