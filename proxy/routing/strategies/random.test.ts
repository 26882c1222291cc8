import { expect, test } from 'vitest';

import { seededRandom } from '../../core/random.ts';
import { candidate } from '../routing.fixture.ts';
import { random } from './random.ts';

test('draws in proportion to the weights', () => {
  const choose = random.create({ random: seededRandom(7) });
  const candidates = [candidate('A', { weight: 3 }), candidate('B', { weight: 1 })];
  const drawn = Array.from({ length: 4000 }, () => choose(candidates)?.endpoint.id);
  const share = drawn.filter((id) => id === 'A').length / drawn.length;
  expect(share).toBeGreaterThan(0.72);
  expect(share).toBeLessThan(0.78);
});

test('the edges of the random range fall on the first and on the last endpoint', () => {
  const candidates = [candidate('A'), candidate('B')];
  expect(random.create({ random: () => 0 })(candidates)?.endpoint.id).toBe('A');
  expect(random.create({ random: () => 0.999_999_999 })(candidates)?.endpoint.id).toBe('B');
});

test('draws nothing where there is no candidate', () => {
  expect(random.create({ random: () => 0.5 })([])).toBeUndefined();
});
