import type { Clock } from '../core/clock.ts';
import type { Percentiles } from '../core/histogram.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { HealthState } from './health.ts';
import type { Member } from './member.ts';

/** One endpoint as `/stats` shows it; times of day are ISO 8601. */
export interface EndpointStats {
  readonly id: string;
  readonly provider: string;
  readonly weight: number;
  readonly state: HealthState;
  readonly in_flight: number;
  readonly requests: number;
  /** Attempts that the endpoint is blamed for. */
  readonly failures: number;
  /** Successes over successes and failures, 0..1; null before the first of them. */
  readonly success_rate: number | null;
  /** Milliseconds of complete answers in the last minutes. */
  readonly latency_ms: Percentiles | null;
  /** Milliseconds to the first event in the last minutes. */
  readonly ttft_ms: Percentiles | null;
  readonly last_error: { readonly at: string; readonly kind: OutcomeKind; readonly reason: string } | null;
  /** In the past while the endpoint waits for a request that probes it. */
  readonly ejected_until: string | null;
}

export function statsOf({ endpoint, health, counters, inFlight }: Member, clock: Clock): EndpointStats {
  const { requests, successes, failures, lastError } = counters;
  const judged = successes + failures;
  return {
    id: endpoint.id,
    provider: endpoint.provider,
    weight: endpoint.weight,
    state: health.state,
    in_flight: inFlight,
    requests,
    failures,
    success_rate: judged === 0 ? null : successes / judged,
    latency_ms: counters.latency.percentiles(),
    ttft_ms: counters.ttft.percentiles(),
    last_error: lastError === undefined ? null : { ...lastError, at: new Date(lastError.at).toISOString() },
    ejected_until:
      health.state === 'admitting'
        ? null
        : new Date(clock.now() + health.ejectedUntil - clock.monotonic()).toISOString(),
  };
}
