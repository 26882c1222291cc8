import { expect, test } from 'vitest';

import { seededRandom } from '../../core/random.ts';
import { candidate } from '../routing.fixture.ts';
import { leastBusy } from './least-busy.ts';

test('takes the endpoint with the fewest requests in flight', () => {
  const choose = leastBusy.create({ random: () => 0 });
  const candidates = [
    candidate('A', { inFlight: 3 }),
    candidate('B', { inFlight: 1 }),
    candidate('C', { inFlight: 2 }),
  ];
  expect(choose(candidates)?.endpoint.id).toBe('B');
});

test('ties fall by chance on every one of the least busy and on no other', () => {
  const choose = leastBusy.create({ random: seededRandom(3) });
  const candidates = [candidate('A'), candidate('B', { inFlight: 1 }), candidate('C')];
  const chosen = Array.from({ length: 200 }, () => choose(candidates)?.endpoint.id);
  expect(new Set(chosen)).toEqual(new Set(['A', 'C']));
});

test('a request counts for more on an endpoint in slow start', () => {
  const choose = leastBusy.create({ random: () => 0 });
  const [fresh, old] = [candidate('A', { inFlight: 1, ramp: 0.1 }), candidate('B', { inFlight: 9 })];
  expect(choose([fresh, old])?.endpoint.id).toBe('B');
  expect(choose([fresh, candidate('B', { inFlight: 11 })])?.endpoint.id).toBe('A');
});
