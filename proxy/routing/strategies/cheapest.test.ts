import { expect, test } from 'vitest';

import { candidate } from '../routing.fixture.ts';
import { cheapest } from './cheapest.ts';

const price = (input: number, output: number) => ({ price: { input, output } });

test('takes the lowest sum of input and output price', () => {
  const choose = cheapest.create();
  const candidates = [candidate('A', price(1, 9)), candidate('B', price(4, 4)), candidate('C', price(0, 9))];
  expect(choose(candidates)?.endpoint.id).toBe('B');
});

test('equal prices share by weight', () => {
  const choose = cheapest.create();
  const candidates = [
    candidate('A', { ...price(1, 1), weight: 2 }),
    candidate('B', price(2, 0)),
    candidate('C', price(5, 5)),
  ];
  expect(Array.from({ length: 6 }, () => choose(candidates)?.endpoint.id).join('')).toBe('ABAABA');
});

test('an endpoint without a price comes after every price, and free comes first', () => {
  const choose = cheapest.create();
  const unknown = candidate('unknown');
  expect(choose([unknown, candidate('dear', price(500, 500))])?.endpoint.id).toBe('dear');
  expect(choose([unknown, candidate('free', price(0, 0)), candidate('cheap', price(0, 1))])?.endpoint.id).toBe('free');
  expect(choose([unknown])?.endpoint.id).toBe('unknown');
});

test('while the cheapest is in slow start the rest of its requests goes to the next price', () => {
  const choose = cheapest.create();
  const candidates = [candidate('A', { ...price(1, 1), ramp: 0.25 }), candidate('B', price(2, 2)), candidate('C')];
  expect(Array.from({ length: 8 }, () => choose(candidates)?.endpoint.id).join('')).toBe('BBBABBBA');
});
