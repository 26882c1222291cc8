import type { Clock } from '../core/clock.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import { Counters } from './counters.ts';
import { Health, type HealthSettings } from './health.ts';
import { PeakEwma } from './peak-ewma.ts';
import { targetId } from './target-id.ts';
import type { Candidate } from './strategy.ts';
import type { Endpoint, Lease } from './types.ts';

/** For the parts of health that an outcome does not concern. */
const NEUTRAL: Outcome = { kind: 'client_left' };

/** An endpoint with all that is known of it. */
export class Member implements Candidate {
  readonly endpoint: Endpoint;
  /** Names the endpoint and where it leads to; the name under which replicas share its health. */
  readonly targetId: string;
  readonly health: Health;
  readonly counters: Counters;
  readonly #clock: Clock;
  readonly #expected: PeakEwma;
  readonly #load: { requests: number };

  /** `previous` is the same endpoint under the configuration before: its counts and, if it is the same target, its health go on. */
  constructor(endpoint: Endpoint, settings: HealthSettings, clock: Clock, previous?: Member) {
    this.endpoint = endpoint;
    this.targetId = targetId(endpoint);
    const heir = previous?.targetId === this.targetId ? previous : undefined;
    this.#clock = clock;
    this.counters = previous?.counters ?? new Counters(clock);
    this.#load = previous === undefined ? { requests: 0 } : previous.#load;
    this.#expected = heir === undefined ? new PeakEwma(clock) : heir.#expected;
    this.health = heir?.health ?? new Health(settings, clock);
    this.health.configure(settings);
  }

  get ramp(): number {
    return this.health.ramp;
  }

  get weight(): number {
    return (this.endpoint.weight === 0 ? 1 : this.endpoint.weight) * this.health.ramp;
  }

  get inFlight(): number {
    return this.#load.requests;
  }

  get failures(): number {
    return this.health.failures;
  }

  get expectedMs(): number | undefined {
    return this.#expected.value();
  }

  lease(): Lease {
    const ticket = this.health.begin();
    const startedAt = this.#clock.monotonic();
    let started = false;
    let released = false;
    this.counters.requests += 1;
    this.#load.requests += 1;
    return {
      endpoint: this.endpoint,
      probe: ticket.testing,
      firstEvent: (ms: number) => {
        if (started || released) return;
        started = true;
        this.counters.ttft.record(ms);
        this.#expected.observe(ms);
      },
      release: (outcome: Outcome) => {
        if (released) return;
        released = true;
        this.#load.requests -= 1;
        this.counters.ended(outcome, this.#clock.monotonic() - startedAt);
        const { scope } = OUTCOMES[outcome.kind];
        this.health.end(ticket, scope === 'model' || scope === 'credential' ? NEUTRAL : outcome);
      },
    };
  }
}
