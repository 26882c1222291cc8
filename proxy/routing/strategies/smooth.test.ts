import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { seededRandom } from '../../core/random.ts';
import { candidate } from '../routing.fixture.ts';
import type { Candidate } from '../strategy.ts';
import { SmoothSequence } from './smooth.ts';

const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 });

function turns(sequence: SmoothSequence, candidates: readonly Candidate[], count: number): string[] {
  return Array.from({ length: count }, () => sequence.next(candidates, ({ weight }) => weight)!.endpoint.id);
}

function countsOf(ids: readonly string[], candidates: readonly Candidate[]): number[] {
  return candidates.map(({ endpoint }) => ids.filter((id) => id === endpoint.id).length);
}

test('gives every candidate exactly its weight in each full cycle, for any integer weights', () => {
  fc.assert(
    fc.property(weights, (weights) => {
      const candidates = weights.map((weight, index) => candidate(`e${index}`, { weight }));
      const sequence = new SmoothSequence();
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      for (let round = 0; round < 2; round++) {
        expect(countsOf(turns(sequence, candidates, cycle), candidates)).toEqual(weights);
      }
    }),
    { numRuns: 60 },
  );
});

test('never lets a candidate run ahead of its share by a whole turn, nor behind by more than the number of others', () => {
  fc.assert(
    fc.property(weights, (weights) => {
      const candidates = weights.map((weight, index) => candidate(`e${index}`, { weight }));
      const sequence = new SmoothSequence();
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = new Map<string, number>();
      const leads = turns(sequence, candidates, Math.min(cycle, 500)).flatMap((id, turn) => {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        return candidates.map(({ endpoint, weight }) => (counts.get(endpoint.id) ?? 0) - ((turn + 1) * weight) / cycle);
      });
      expect(Math.max(...leads)).toBeLessThan(1);
      expect(Math.min(...leads)).toBeGreaterThan(-Math.max(1, candidates.length - 1));
    }),
    { numRuns: 60 },
  );
});

test('two candidates are never further than one turn from their share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), (a, b) => {
      const candidates = [candidate('a', { weight: a }), candidate('b', { weight: b })];
      let count = 0;
      turns(new SmoothSequence(), candidates, a + b).forEach((id, turn) => {
        if (id === 'a') count += 1;
        expect(Math.abs(count - ((turn + 1) * a) / (a + b))).toBeLessThan(1);
      });
    }),
    { numRuns: 60 },
  );
});

test('cycles are exact again after turns over a part of the candidates with fractional weights', () => {
  const part = fc.array(
    fc.record({ mask: fc.integer({ min: 1, max: 15 }), ramp: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }),
      part,
      (weights, disturbance) => {
        const sequence = new SmoothSequence();
        const whole = weights.map((weight, index) => candidate(`e${index}`, { weight }));
        for (const { mask, ramp } of disturbance) {
          const some = weights.map((weight, index) => candidate(`e${index}`, { weight, ramp }));
          turns(
            sequence,
            some.filter((_, index) => (mask & (1 << index)) !== 0),
            1,
          );
        }
        const cycle = weights.reduce((sum, weight) => sum + weight, 0);
        turns(sequence, whole, 40 * cycle);
        expect(countsOf(turns(sequence, whole, cycle), whole)).toEqual(weights);
      },
    ),
    { numRuns: 60 },
  );
});

test('begun anywhere, no candidate is further than two turns from its weight in any number of cycles', () => {
  fc.assert(
    fc.property(weights, fc.nat(), (weights, seed) => {
      const candidates = weights.map((weight, index) => candidate(`e${index}`, { weight }));
      const sequence = new SmoothSequence(seededRandom(seed));
      const cycle = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = countsOf(turns(sequence, candidates, 2 * cycle), candidates);
      for (const [index, count] of counts.entries())
        expect(Math.abs(count - 2 * weights[index]!)).toBeLessThanOrEqual(2);
    }),
    { numRuns: 60 },
  );
});

test('many replicas together keep the shares from their first turns on', () => {
  const random = seededRandom(1);
  const candidates = Array.from({ length: 40 }, (_, index) => candidate(`e${index}`, { weight: 1 + (index % 4) }));
  const ids = Array.from({ length: 2_000 }, () => turns(new SmoothSequence(random), candidates, 5)).flat();
  const byWeight = [1, 2, 3, 4].map(
    (weight) => ids.filter((id) => candidates.find(({ endpoint }) => endpoint.id === id)?.weight === weight).length,
  );
  for (const [index, count] of byWeight.entries()) {
    expect(count / ids.length).toBeGreaterThan((0.8 * (index + 1)) / 10);
    expect(count / ids.length).toBeLessThan((1.2 * (index + 1)) / 10);
  }
});

test('has nothing to give when there are no candidates', () => {
  expect(new SmoothSequence().next([], ({ weight }) => weight)).toBeUndefined();
});
