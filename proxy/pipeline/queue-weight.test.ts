import { expect, test } from 'vitest';
import type { Level } from '../governance/lookup.ts';
import { queueWeightOf } from './queue-weight.ts';

const level = (kind: Level['kind'], id: string, name: string): Level => ({ kind, id, name });

/** A key of a user in a team of a customer. */
const LEVELS = [
  level('virtual_key', 'vk_1', 'laptop'),
  level('user', 'user_1', 'Ada'),
  level('team', 'team_1', 'research'),
  level('customer', 'cus_1', 'acme'),
];

function weight(weights: Record<string, number> | undefined, levels: readonly Level[] = LEVELS): number {
  const queueWeights = weights && new Map(Object.entries(weights));
  return queueWeightOf({ principal: { key: 'vk_1', holder: { levels } } }, { queueWeights });
}

test.each<[string, Record<string, number> | undefined, number]>([
  ['nothing is set', undefined, 1],
  ['others are set', { bob: 5 }, 1],
  ['the name of the key', { laptop: 3, acme: 9 }, 3],
  ['its id', { vk_1: 4 }, 4],
  ['the user', { Ada: 2, research: 9 }, 2],
  ['the team', { research: 6, acme: 9 }, 6],
  ['the customer', { cus_1: 7 }, 7],
])('a caller has the weight of the nearest of its levels: %s', (_what, weights, expected) => {
  expect(weight(weights)).toBe(expected);
});

test('a caller without a key has one turn', () => {
  const queueWeights = new Map([['Ada', 3]]);
  expect(queueWeightOf({ principal: undefined }, { queueWeights })).toBe(1);
  expect(queueWeightOf({ principal: {} }, { queueWeights })).toBe(1);
});
