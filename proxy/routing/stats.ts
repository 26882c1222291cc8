import type { Clock } from '../core/clock.ts';
import type { HistogramCounts, Percentiles } from '../core/histogram.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Health, HealthState } from './health.ts';
import type { Member } from './member.ts';
import type { RateLimitStats } from './rate-room.ts';

/** One endpoint as `/stats` shows it; times of day are ISO 8601. */
export interface EndpointStats {
  readonly id: string;
  readonly provider: string;
  /** Origin and base path. */
  readonly base_url: string;
  readonly weight: number;
  /** Tier; lower ones come first. */
  readonly priority: number;
  /** Of the endpoint as a whole and of the operations that the proxy reads: the worst. */
  readonly state: HealthState;
  readonly in_flight: number;
  /** Attempts that were sent here. */
  readonly requests: number;
  /** The same number, under the name that dashboards ask for. */
  readonly total_requests: number;
  /** Attempts that the endpoint is blamed for. */
  readonly failures: number;
  /** Successes over successes and failures, 0..1; 1 before the first of them. */
  readonly success_rate: number;
  /** Milliseconds of complete answers in the last minutes. */
  readonly latency_ms: Percentiles | null;
  /** Milliseconds to the first event in the last minutes. */
  readonly ttft_ms: Percentiles | null;
  readonly last_error: { readonly at: string; readonly kind: OutcomeKind; readonly reason: string } | null;
  /** In the past while the endpoint waits for a request that probes it. */
  readonly ejected_until: string | null;
  /** Operations that are out while others may be served; passed-through ones stand only here. */
  /** An operator keeps it out until then; absent otherwise. */
  readonly ejected_by_hand?: { readonly at: string; readonly until: string; readonly by: string };
  readonly operations_out: readonly OutStats[];
  /** Models that the endpoint turned out not to have. */
  readonly models_out: readonly OutStats[];
  /** What the provider leaves of the limits of its key, by their names; only with `routing.rate_limit_shares`. */
  readonly rate_limits?: Readonly<Record<string, RateLimitStats>>;
}

/** What is out, and until when. */
export interface OutStats {
  readonly name: string;
  readonly state: HealthState;
  readonly ejected_until: string;
}

/** What changes from moment to moment. */
export type EndpointReading = Pick<EndpointStats, 'id' | 'in_flight' | 'requests'> & {
  readonly state: HealthState;
  readonly operations_out: readonly Pick<OutStats, 'name' | 'state'>[];
};

export function readingOf({ endpoint, health, counters, inFlight }: Member): EndpointReading {
  const { out, worst } = trouble(health);
  return {
    id: endpoint.id,
    state: health.byHand.isOut ? 'ejected' : worst.state,
    in_flight: inFlight,
    requests: counters.requests,
    operations_out: out.map(([name, { state }]) => ({ name, state })),
  };
}

export function statsOf({ endpoint, health, counters, inFlight, room }: Member, clock: Clock): EndpointStats {
  const { requests, successes, failures, lastError } = counters;
  const timeOfDay = (inMs: number): string => new Date(clock.now() + inMs).toISOString();
  const untilOf = (part: Health): string => timeOfDay(part.ejectedUntil - clock.monotonic());
  const { out, worst } = trouble(health);
  const judged = successes + failures;
  const hand = health.byHand.current;
  return {
    id: endpoint.id,
    provider: endpoint.provider,
    base_url: `${endpoint.origin}${endpoint.basePath}`,
    weight: endpoint.weight,
    priority: endpoint.priority ?? 1,
    state: hand ? 'ejected' : worst.state,
    in_flight: inFlight,
    requests,
    total_requests: requests,
    failures,
    success_rate: judged === 0 ? 1 : successes / judged,
    latency_ms: counters.latency.percentiles(),
    ttft_ms: counters.ttft.percentiles(),
    last_error: lastError === undefined ? null : { ...lastError, at: new Date(lastError.at).toISOString() },
    ejected_until: endOf(hand?.until, worst.state === 'admitting' ? undefined : untilOf(worst)),
    ...(hand && { ejected_by_hand: { at: isoOf(hand.at), until: isoOf(hand.until), by: hand.by } }),
    operations_out: out.map(([name, part]) => ({ name, state: part.state, ejected_until: untilOf(part) })),
    models_out: health.missingModels().map(({ name, remainingMs }) => ({
      name,
      state: 'ejected',
      ejected_until: timeOfDay(remainingMs),
    })),
    ...(room && { rate_limits: room.stats() }),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

/** The later one, if any. */
function endOf(byHand: number | undefined, byItself: string | undefined): string | null {
  const ends = [byHand === undefined ? '' : isoOf(byHand), byItself ?? ''];
  return ends.toSorted().at(-1) || null;
}

/** What one process knows of an endpoint, for the statistics of several. */
export interface EndpointPart {
  readonly stats: EndpointStats;
  readonly successes: number;
  readonly latency: HistogramCounts;
  readonly ttft: HistogramCounts;
}

export function partOf(member: Member, clock: Clock): EndpointPart {
  const { successes, latency, ttft } = member.counters;
  return { stats: statsOf(member, clock), successes, latency: latency.counts(), ttft: ttft.counts() };
}

function trouble(health: EndpointHealth): { readonly out: readonly [string, Health][]; readonly worst: Health } {
  const out = [...health.operations()].filter(([, { state }]) => state !== 'admitting');
  const worst = worstOf([
    health.whole,
    ...out.filter(([name]) => Object.hasOwn(PROTOCOLS, name)).map(([, part]) => part),
  ]);
  return { out, worst };
}

/** Ejected before probing before admitting; of equal ones the one that is out for longest. */
function worstOf(parts: readonly [Health, ...Health[]]): Health {
  const rank = ({ state }: Health): number => ['admitting', 'probing', 'ejected'].indexOf(state);
  return parts.reduce((worst, part) =>
    rank(part) > rank(worst) || (rank(part) === rank(worst) && part.ejectedUntil > worst.ejectedUntil) ? part : worst,
  );
}
