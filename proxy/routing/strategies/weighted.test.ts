import { expect, test } from 'vitest';

import { candidate } from '../routing.fixture.ts';
import { weighted } from './weighted.ts';

test('weights 5:1:1 give the exact sequence AABACAA, again and again', () => {
  const choose = weighted.create();
  const candidates = [candidate('A', { weight: 5 }), candidate('B'), candidate('C')];
  const sequence = Array.from({ length: 21 }, () => choose(candidates)?.endpoint.id).join('');
  expect(sequence).toBe('AABACAAAABACAAAABACAA');
});

test('an endpoint in slow start gets its part of its share without dice', () => {
  const choose = weighted.create();
  const candidates = [candidate('A', { weight: 1 }), candidate('B', { weight: 1, ramp: 0.25 })];
  const sequence = Array.from({ length: 10 }, () => choose(candidates)?.endpoint.id).join('');
  expect(sequence).toBe('AABAAAABAA');
});

test('every router has a sequence of its own', () => {
  const candidates = [candidate('A'), candidate('B')];
  const [one, other] = [weighted.create(), weighted.create()];
  expect([one(candidates)?.endpoint.id, other(candidates)?.endpoint.id]).toEqual(['A', 'A']);
});
