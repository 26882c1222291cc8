import { expect, test } from 'vitest';
import { violationIn } from '../../strictness/index.ts';
import { differingPairs, equalPairs, unpairedParameters } from './pairs.ts';

const surroundings = { models: undefined, promptTokens: () => 1, tokensOf: () => 1, hasItem: () => false };
const everyPair = [...differingPairs({ salt: 's' }), ...equalPairs({ salt: 's' })];

test('every request of every pair is one that the provider takes', () => {
  const refused = everyPair.flatMap(({ id, operation, first, second }) =>
    [first, second].flatMap((body) => {
      const found = violationIn(operation, JSON.parse(body), 'openai', surroundings);
      return found === undefined ? [] : [`${id}: ${found.message}`];
    }),
  );
  expect(refused).toEqual([]);
});

test('the two requests of a differing pair are different texts, and of an equal pair the same value', () => {
  for (const { id, first, second } of differingPairs()) expect(first, id).not.toBe(second);
  for (const { id, first, second } of equalPairs()) expect(JSON.parse(second), id).toEqual(JSON.parse(first));
});

test('a pair for a parameter differs in that parameter alone', () => {
  const chat = differingPairs().find(({ id }) => id === 'chat/temperature')!;
  const [first, second] = [chat.first, chat.second].map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(Object.keys(first!).filter((name) => JSON.stringify(first![name]) !== JSON.stringify(second![name]))).toEqual([
    'temperature',
  ]);
});

test('names are unique, and the salt is in every prompt', () => {
  expect(new Set(everyPair.map(({ id }) => id)).size).toBe(everyPair.length);
  const salted = differingPairs({ salt: 'pepper' }).filter(({ first }) => !first.includes('pepper'));
  expect(salted).toEqual([]);
});

test('the table of shapes gives a pair for every parameter but those that need what was stored before', () => {
  expect(unpairedParameters()).toEqual([
    'chat/modalities',
    'responses/conversation',
    'responses/include',
    'responses/previous_response_id',
  ]);
});

test('without a reasoning model its parameters are left out', () => {
  const ids = differingPairs({ reasoningModel: null, embeddingModel: null }).map(({ id }) => id);
  expect(ids).not.toContain('chat/reasoning_effort');
  expect(ids).not.toContain('responses/reasoning');
  expect(ids.filter((id) => id.startsWith('embeddings'))).toEqual([]);
});
