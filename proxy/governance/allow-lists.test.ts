import { expect, test } from 'vitest';
import { allowsModel, allowsProvider } from './allow-lists.ts';

const models = (...allowedModels: string[]) => ({ allowedModels, allowedProviders: null });

test.each<[string[], string, string | undefined, boolean]>([
  [['gpt-4'], 'gpt-4', 'openai', true],
  [['gpt-4'], 'openai/gpt-4', 'openai', true],
  [['openai/gpt-4'], 'gpt-4', 'openai', true],
  [['openai/gpt-4'], 'openai/gpt-4', undefined, true],
  [['azure/gpt-4'], 'gpt-4', 'openai', false],
  [['gpt-4'], 'gpt-4o', 'openai', false],
  [['gpt-4'], 'GPT-4', 'openai', false],
  [['gpt-4*'], 'openai/gpt-4o', 'openai', true],
  [['claude/claude-3*'], 'claude-3-opus', 'anthropic', true],
  [['*'], 'anything', 'openai', true],
  [['meta-llama/llama-3'], 'meta-llama/llama-3', 'llama', true],
])('%j allows %s of %s: %s', (list, model, provider, allowed) => {
  expect(allowsModel(models(...list), model, provider)).toBe(allowed);
});

test('no list allows everything, and providers have several names', () => {
  const none = { allowedModels: null, allowedProviders: null };
  expect([allowsModel(none, 'x'), allowsProvider(none, 'x')]).toEqual([true, true]);
  const some = { allowedModels: null, allowedProviders: ['Claude', 'vertex'] };
  expect(['anthropic', 'google', 'gemini', 'openai', 'constructor'].map((name) => allowsProvider(some, name))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
