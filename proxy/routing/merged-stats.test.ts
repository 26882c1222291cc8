import { expect, test } from 'vitest';
import { Histogram } from '../core/histogram.ts';
import { endedPart, mergedStats } from './merged-stats.ts';
import type { EndpointPart, EndpointStats } from './stats.ts';

function part(stats: Partial<EndpointStats>, more: Partial<EndpointPart> = {}): EndpointPart {
  return {
    stats: {
      id: 'm/a',
      provider: 'openai',
      base_url: 'http://127.0.0.1/v1',
      weight: 1,
      priority: 1,
      state: 'admitting',
      in_flight: 0,
      requests: 0,
      total_requests: 0,
      failures: 0,
      success_rate: 1,
      latency_ms: null,
      ttft_ms: null,
      last_error: null,
      ejected_until: null,
      operations_out: [],
      models_out: [],
      ...stats,
    },
    successes: 0,
    latency: [],
    ttft: [],
    ...more,
  };
}

function counted(...values: number[]) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram.counts();
}

test('counts add up, and the rate of success is that of all', () => {
  const merged = mergedStats([
    part({ in_flight: 1, requests: 10, failures: 1, success_rate: 0.9 }, { successes: 9 }),
    part({ in_flight: 2, requests: 90, failures: 0 }, { successes: 90 }),
  ]);
  expect(merged).toMatchObject({ in_flight: 3, requests: 100, total_requests: 100, failures: 1, success_rate: 0.99 });
  expect(mergedStats([part({})]).success_rate).toBe(1);
});

test('percentiles are those of all values, not of the percentiles', () => {
  const slow = part({}, { latency: counted(1_000), ttft: counted(8) });
  const quick = part({}, { latency: counted(...Array.from({ length: 99 }, () => 16)) });
  const { latency_ms: latency, ttft_ms: ttft } = mergedStats([slow, quick]);
  expect(latency).toEqual({ p50: 16, p95: 16, p99: 16 });
  expect(ttft).toEqual({ p50: 8, p95: 8, p99: 8 });
  expect(mergedStats([part({}), part({})]).latency_ms).toBeNull();
});

test('the worst state counts, for the longest time, and the latest error', () => {
  const early = { at: '2026-01-01T00:00:00.000Z', kind: 'server_error', reason: 'one' } as const;
  const late = { ...early, at: '2026-01-02T00:00:00.000Z', reason: 'two' };
  const out = (until: string) => ({ name: 'images', state: 'ejected', ejected_until: until }) as const;
  const merged = mergedStats([
    part({ state: 'probing', ejected_until: '2026-01-01T00:00:09.000Z', last_error: late, operations_out: [out('1')] }),
    part({
      state: 'ejected',
      ejected_until: '2026-01-01T00:00:05.000Z',
      last_error: early,
      operations_out: [out('2')],
    }),
    part({ state: 'admitting', models_out: [out('3')] }),
  ]);
  expect(merged).toMatchObject({
    state: 'ejected',
    ejected_until: '2026-01-01T00:00:05.000Z',
    last_error: { reason: 'two' },
    operations_out: [out('2')],
    models_out: [out('3')],
  });
});

test('of a process that is gone the counts stay and the state does not', () => {
  const gone = endedPart(
    part({ state: 'ejected', ejected_until: '2026', in_flight: 4, requests: 5, failures: 2 }, { successes: 3 }),
  );
  expect(mergedStats([part({ requests: 1 }, { successes: 1 }), gone])).toMatchObject({
    state: 'admitting',
    ejected_until: null,
    in_flight: 0,
    requests: 6,
    failures: 2,
    success_rate: 4 / 6,
  });
});
