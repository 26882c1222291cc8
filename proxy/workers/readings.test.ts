import { expect, test } from 'vitest';
import type { WorkerReading } from './messages.ts';
import { endedReading, mergedReading } from './readings.ts';

const WHOLE = { uptimeMs: 5, workers: { configured: 2, answered: 2, restarts: 0 } };

function reading(requests: number, more: Partial<WorkerReading> = {}): WorkerReading {
  const tokens = { input: requests, output: 0, cached: 0 };
  return {
    counters: {
      requests,
      client_errors: 0,
      server_errors: 1,
      client_left: 0,
      cache: { hit: requests, miss: 0, joined: 0, stale: 0, bypass: 0, none: 0 },
      tokens,
      generations: { total: 0, tokens, estimated_tokens: { input: 0, output: 0 } },
    },
    cache: { entries: 2, bytes: 100, evictions: 1, memoryHits: 3, redisHits: 0, misses: 0, stored: 2 },
    endpoints: [],
    redisConnected: null,
    redisRefusal: null,
    ...more,
  };
}

test('counters add up at every depth', () => {
  expect(mergedReading([reading(3), reading(4)], WHOLE)).toMatchObject({
    ...WHOLE,
    counters: {
      requests: 7,
      server_errors: 2,
      cache: { hit: 7 },
      tokens: { input: 7 },
      generations: { tokens: { input: 7 } },
    },
    cache: { entries: 4, bytes: 200, evictions: 2 },
    redisConnected: null,
  });
});

test('what one worker lacks the whole lacks', () => {
  const governed = { databaseConnected: true, countsLocally: false };
  const well = reading(1, { redisConnected: true, governed });
  expect(mergedReading([well, well], WHOLE)).toMatchObject({ redisConnected: true, redisRefusal: null, governed });
  const ill = reading(1, {
    redisConnected: false,
    redisRefusal: 'OOM',
    governed: { databaseConnected: false, countsLocally: true },
  });
  expect(mergedReading([well, ill], WHOLE)).toMatchObject({
    redisConnected: false,
    redisRefusal: 'OOM',
    governed: { databaseConnected: false, countsLocally: true },
  });
});

test('of workers that are gone the counts stay, and what they held does not', () => {
  const gone = endedReading([reading(3, { redisConnected: false }), reading(4)]);
  const merged = mergedReading([reading(1, { redisConnected: true }), gone], WHOLE);
  expect(merged.counters.requests).toBe(8);
  expect(merged.cache).toMatchObject({ entries: 2, bytes: 100, evictions: 3 });
  expect(merged.redisConnected).toBe(true);
});

test('with no worker at all there are zeros', () => {
  expect(mergedReading([], WHOLE)).toMatchObject({ counters: { requests: 0 }, cache: { entries: 0 } });
});
