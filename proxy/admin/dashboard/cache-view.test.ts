import { expect, test } from 'vitest';
import type { EntryFinding } from '../../cache/entry-finding.ts';
import type { SoughtEntry } from '../../pipeline/find-entry.ts';
import { cacheView, foundView, type CachePart } from './cache-view.ts';

const STATS = { entries: 2, bytes: 300, evictions: 1, memoryHits: 5, redisHits: 1, misses: 3, stored: 3 };
const USE = { hits: 3, misses: 1, joined: 0, stale: 0, bypassed: 2 };

function part(change: Partial<CachePart> = {}): CachePart {
  return {
    stats: STATS,
    memory: {
      limitBytes: 1_000,
      models: [{ model: 'm', entries: 2, bytes: 300 }],
      ages: { counts: [1, 1], looked: 2 },
    },
    use: [['m', USE]],
    redis: { connected: null, refusal: null },
    ...change,
  };
}

test('the caches of several processes are shown as one', () => {
  const other = part({
    use: [
      ['n', { ...USE, misses: 0, hits: 0, joined: 2, stale: 1 }],
      ['m', USE],
    ],
  });
  expect(cacheView([part(), other], [60_000])).toEqual({
    memory: { entries: 4, bytes: 600, limit_bytes: 2_000, evictions: 2 },
    redis: { configured: false, connected: false, refuses: null },
    stored: 6,
    found_in: { memory: 10, redis: 2 },
    ages: {
      looked: 4,
      counts: [
        { up_to_seconds: 60, entries: 2 },
        { up_to_seconds: null, entries: 2 },
      ],
    },
    models: [
      { model: 'm', hits: 6, misses: 2, joined: 0, stale: 0, bypassed: 4, hit_share: 0.75, entries: 4, bytes: 600 },
      { model: 'n', hits: 0, misses: 0, joined: 2, stale: 1, bypassed: 2, hit_share: 1, entries: 0, bytes: 0 },
    ],
  });
});

test('Redis is connected where it is for all processes, and what it refuses is said', () => {
  const redisOf = (...parts: CachePart['redis'][]): unknown =>
    cacheView(
      parts.map((redis) => part({ redis })),
      [],
    ).redis;
  expect(redisOf({ connected: true, refusal: null })).toEqual({ configured: true, connected: true, refuses: null });
  expect(redisOf({ connected: true, refusal: null }, { connected: false, refusal: null })).toMatchObject({
    connected: false,
  });
  expect(redisOf({ connected: true, refusal: 'OOM' })).toMatchObject({ refuses: 'OOM' });
});

const FINDING: EntryFinding = {
  key: 'k',
  tier: 'memory',
  answers: true,
  why: null,
  ageMs: 2_500,
  leftMs: 500,
  bytes: 9,
  shape: 'body',
  events: 0,
  status: 200,
  model: 'm',
  endpoint: 'm/a',
};

function sought(...entries: EntryFinding[]): SoughtEntry {
  return { model: 'm', keys: ['k'], reads: true, writes: true, why: null, entries };
}

test('an entry is shown once a tier, the one that answers first', () => {
  const old = { ...FINDING, answers: false, why: 'old' };
  const found = foundView([sought(old), sought(FINDING, { ...FINDING, tier: 'redis' }), sought(old)]);
  expect(found).toMatchObject({ answers: true, keys: ['k'] });
  expect(found.entries).toMatchObject([
    { tier: 'memory', answers: true, age_seconds: 2, ttl_seconds: 1 },
    { tier: 'redis', answers: true },
  ]);
  expect(foundView([sought(old)]).answers).toBe(false);
  expect(foundView([{ ...sought(FINDING), reads: false }]).answers).toBe(false);
});
