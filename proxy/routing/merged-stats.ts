import { Histogram, type HistogramCounts } from '../core/histogram.ts';
import type { EndpointPart, EndpointStats, OutStats } from './stats.ts';

const RANK = { admitting: 0, probing: 1, ejected: 2 } as const;

/** The statistics of one endpoint out of what several processes know of it; at least one. The worst state counts. */
export function mergedStats(parts: readonly [EndpointPart, ...EndpointPart[]]): EndpointStats {
  const all = parts.map(({ stats }) => stats);
  const sum = (read: (part: EndpointPart) => number): number => parts.reduce((total, part) => total + read(part), 0);
  const requests = sum(({ stats }) => stats.requests);
  const failures = sum(({ stats }) => stats.failures);
  const successes = sum((part) => part.successes);
  const judged = successes + failures;
  const worst = all.reduce((one, other) => (isWorse(other, one) ? other : one));
  const held = all.find((stats) => stats.ejected_by_hand);
  return {
    ...worst,
    ...(held?.ejected_by_hand && { state: 'ejected', ejected_by_hand: held.ejected_by_hand }),
    in_flight: sum(({ stats }) => stats.in_flight),
    requests,
    total_requests: requests,
    failures,
    success_rate: judged === 0 ? 1 : successes / judged,
    latency_ms: percentilesOf(parts.map(({ latency }) => latency)),
    ttft_ms: percentilesOf(parts.map(({ ttft }) => ttft)),
    last_error: all.map((stats) => stats.last_error).reduce((one, other) => later(one, other)),
    operations_out: outOf(all.flatMap((stats) => stats.operations_out)),
    models_out: outOf(all.flatMap((stats) => stats.models_out)),
  };
}

/** What is left of a process that is gone: its counts, no state. */
export function endedPart({ stats: { ejected_by_hand: _ended, ...stats }, ...part }: EndpointPart): EndpointPart {
  const over = { state: 'admitting', in_flight: 0, ejected_until: null, operations_out: [], models_out: [] } as const;
  return { ...part, stats: { ...stats, ...over }, latency: [], ttft: [] };
}

type Out = Pick<EndpointStats, 'state' | 'ejected_until'>;

function isWorse(one: Out, other: Out): boolean {
  if (RANK[one.state] !== RANK[other.state]) return RANK[one.state] > RANK[other.state];
  return (one.ejected_until ?? '') > (other.ejected_until ?? '');
}

function outOf(found: readonly OutStats[]): readonly OutStats[] {
  const byName = new Map<string, OutStats>();
  for (const one of found) {
    const known = byName.get(one.name);
    if (known === undefined || isWorse(one, known)) byName.set(one.name, one);
  }
  return [...byName.values()];
}

function later(one: EndpointStats['last_error'], other: EndpointStats['last_error']): EndpointStats['last_error'] {
  return (other?.at ?? '') > (one?.at ?? '') ? other : one;
}

function percentilesOf(counts: readonly HistogramCounts[]): EndpointStats['latency_ms'] {
  const all = new Histogram();
  for (const one of counts) all.addCounts(one);
  return all.percentiles();
}
