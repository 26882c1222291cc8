import { expect, test } from 'vitest';
import { estimatedEntry, withEstimates } from './estimated-prices.ts';

test.each([
  ['gpt-4o-mini-2024', 'openai', 0.15, 0.6],
  ['gpt-4o-of-nowhere', 'openai', 2.5, 10],
  ['claude-opus-4-9', 'anthropic', 15, 75],
  ['claude-next', 'anthropic', 0.8, 4],
  ['meta-llama/Llama-3-70b', 'llama', 0.88, 0.88],
  ['codestral', 'mistral', 2, 6],
  ['a-model', 'custom', 1, 3],
  ['a-model', undefined, 1, 3],
])('%s of %s is taken to cost %d and %d', (model, maker, input, output) => {
  expect(estimatedEntry(model, maker)).toEqual({ input, output });
});

test('a price that is known is not estimated', () => {
  const known = withEstimates({ find: ({ model }) => (model === 'known' ? FOUND : undefined) });
  expect(known.find({ model: 'known' })).toBe(FOUND);
  expect(known.find({ model: 'gpt-4o-x' })).toMatchObject({ source: 'estimated', entry: { input: 2.5, output: 10 } });
});

const FOUND = { source: 'catalog', entry: {}, price: {}, stale: false } as unknown as NonNullable<
  ReturnType<ReturnType<typeof withEstimates>['find']>
>;
