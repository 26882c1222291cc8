import { expect, test } from 'vitest';

import { seededRandom } from '../../core/random.ts';
import { candidate } from '../routing.fixture.ts';
import type { Candidate } from '../strategy.ts';
import { fastest } from './fastest.ts';

function shares(candidates: readonly Candidate[], seed = 5): Record<string, number> {
  const choose = fastest.create({ random: seededRandom(seed) });
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < 900; turn++) {
    const id = choose(candidates)!.endpoint.id;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

test('of two endpoints the faster one gets everything', () => {
  expect(shares([candidate('slow', { expectedMs: 900 }), candidate('fast', { expectedMs: 100 })])).toEqual({
    fast: 900,
  });
});

test('of three endpoints the slowest gets nothing and the fastest two pairs of three', () => {
  const counts = shares(['a', 'b', 'c'].map((id, index) => candidate(id, { expectedMs: 100 * (index + 1) })));
  expect(counts.c).toBeUndefined();
  expect(counts.a).toBeGreaterThan(540);
  expect(counts.a).toBeLessThan(660);
});

test('requests in flight make a fast endpoint dearer than an idle slow one', () => {
  const busy = candidate('fast', { expectedMs: 100, inFlight: 9 });
  expect(shares([busy, candidate('slow', { expectedMs: 500 })])).toEqual({ slow: 900 });
});

test('an endpoint that was never measured is tried before a measured one', () => {
  expect(shares([candidate('known', { expectedMs: 1 }), candidate('cold')])).toEqual({ cold: 900 });
});

test('only one request at a time tries an endpoint that was never measured, and none while it fails', () => {
  const known = candidate('known', { expectedMs: 2000 });
  expect(shares([known, candidate('cold', { inFlight: 1 })])).toEqual({ known: 900 });
  expect(shares([known, candidate('cold', { failures: 1 })])).toEqual({ known: 900 });
});

test('an endpoint in slow start must be that much faster', () => {
  const candidates = [candidate('warm', { expectedMs: 300 }), candidate('fresh', { expectedMs: 100, ramp: 0.2 })];
  expect(shares(candidates)).toEqual({ warm: 900 });
});

test('a single endpoint is taken without dice', () => {
  const only = candidate('only');
  expect(fastest.create({ random: () => 0.99 })([only])).toBe(only);
});

test('a request in flight doubles the cost, and so does a failure', () => {
  const idle = candidate('idle', { expectedMs: 100 });
  for (const trouble of [{ inFlight: 1 }, { failures: 1 }]) {
    expect(shares([idle, candidate('other', { expectedMs: 60, ...trouble })])).toEqual({ idle: 900 });
    expect(shares([idle, candidate('other', { expectedMs: 40, ...trouble })])).toEqual({ other: 900 });
  }
});
