import { expect, test } from 'vitest';

import { candidate } from '../routing.fixture.ts';
import { roundRobin } from './round-robin.ts';

test('goes through the endpoints in their order, whatever their weights', () => {
  const choose = roundRobin.create();
  const candidates = [candidate('A', { weight: 9 }), candidate('B'), candidate('C', { weight: 4 })];
  expect(Array.from({ length: 7 }, () => choose(candidates)?.endpoint.id).join('')).toBe('ABCABCA');
});

test('goes on evenly when one endpoint is away', () => {
  const choose = roundRobin.create();
  const [a, b, c] = [candidate('A'), candidate('B'), candidate('C')];
  choose([a, b, c]);
  expect(Array.from({ length: 4 }, () => choose([a, c])?.endpoint.id).join('')).toBe('CACA');
});

test('an endpoint in slow start passes most of its turns on', () => {
  const choose = roundRobin.create();
  const candidates = [candidate('A'), candidate('B', { ramp: 0.5 })];
  expect(Array.from({ length: 6 }, () => choose(candidates)?.endpoint.id).join('')).toBe('AABAAB');
});

test('with every endpoint in slow start no request is refused', () => {
  const choose = roundRobin.create();
  const candidates = [candidate('A', { ramp: 0.1 }), candidate('B', { ramp: 0.1 })];
  expect(choose(candidates)?.endpoint.id).toBe('A');
  expect(choose([])).toBeUndefined();
});
