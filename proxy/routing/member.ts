import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import { accountOf } from './account.ts';
import { Counters } from './counters.ts';
import { EndpointHealth, type HealthScope } from './endpoint-health.ts';
import type { HealthSettings } from './health.ts';
import type { RateRoom } from './rate-room.ts';
import { PeakEwma } from './peak-ewma.ts';
import { targetId } from './target-id.ts';
import type { Endpoint, Lease, RateLimitReading, RouteRequest } from './types.ts';

/** Requests at an endpoint, under this configuration and those before. */
interface Load {
  requests: number;
  onReleased?: (() => void) | undefined;
}

/** An endpoint with all that is known of it. */
export class Member {
  readonly endpoint: Endpoint;
  /** Names the endpoint and where it leads to; the name under which replicas share its health. */
  readonly targetId: string;
  readonly account: string;
  readonly health: EndpointHealth;
  readonly counters: Counters;
  /** What its provider leaves of the limits of its key; undefined where that counts for nothing. */
  room: RateRoom | undefined;
  readonly #clock: Clock;
  readonly #expected: PeakEwma;
  readonly #load: Load;

  /** `previous` is the same endpoint under the configuration before: its counts and, if it is the same target, its health go on. */
  constructor(endpoint: Endpoint, settings: HealthSettings, clock: Clock, previous?: Member) {
    this.endpoint = endpoint;
    this.targetId = targetId(endpoint);
    this.account = accountOf(endpoint);
    const sameTarget = previous?.targetId === this.targetId ? previous : undefined;
    this.#clock = clock;
    this.counters = previous?.counters ?? new Counters(clock);
    this.#load = previous === undefined ? { requests: 0 } : previous.#load;
    this.#expected = sameTarget === undefined ? new PeakEwma(clock) : sameTarget.#expected;
    this.health = sameTarget?.health ?? new EndpointHealth(settings, clock, previous?.health.byHand);
    this.health.configure(settings);
  }

  get inFlight(): number {
    return this.#load.requests;
  }

  /** It works on as many requests as it may. */
  get isFull(): boolean {
    const { maxConcurrency } = this.endpoint;
    return maxConcurrency !== undefined && this.#load.requests >= maxConcurrency;
  }

  /** Called when a request has ended. */
  set onReleased(listener: (() => void) | undefined) {
    this.#load.onReleased = listener;
  }

  get expectedMs(): number | undefined {
    return this.#expected.value();
  }

  /** The scopes of health that a request falls into; the caller's credential counts where it is used. */
  scopeOf({ operation, model, credential, ownKeys }: RouteRequest): HealthScope {
    const { id, credential: configured } = this.endpoint;
    const own = ownKeys?.get(id);
    return { operation, model, credential: own ?? (configured.kind === 'forward' ? credential : undefined) };
  }

  lease(request: RouteRequest): Lease {
    const ticket = this.health.begin(this.scopeOf(request));
    const startedAt = this.#clock.monotonic();
    const { room } = this;
    const place = room?.begin() ?? 0;
    let started = false;
    let released = false;
    this.counters.requests += 1;
    this.#load.requests += 1;
    return {
      endpoint: this.endpoint,
      probe: ticket.whole.testing || ticket.operation?.ticket.testing === true,
      firstEvent: (ms: number) => {
        if (started || released) return;
        started = true;
        this.counters.ttft.record(ms);
        this.#expected.observe(ms);
      },
      ...(room && { rateLimits: (readings: readonly RateLimitReading[]) => room.saw(readings, place) }),
      release: (outcome: Outcome) => {
        if (released) return;
        released = true;
        this.#load.requests -= 1;
        this.counters.ended(outcome, this.#clock.monotonic() - startedAt);
        // It would have taken at least so long: an endpoint that always comes second must not pass for one that was never slow.
        if (outcome.kind === 'hedge_lost' && !started) this.#expected.atLeast(this.#clock.monotonic() - startedAt);
        this.health.end(ticket, outcome);
        this.#load.onReleased?.();
      },
    };
  }
}
