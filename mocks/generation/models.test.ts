import { expect, test } from 'vitest';
import { modelFacts } from './models.ts';

test.each([
  ['gpt-4o', 'gpt-4o-2024-08-06'],
  ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
  ['gpt-5.6', 'gpt-5.6-sol'],
  ['text-embedding-ada-002', 'text-embedding-ada-002-v2'],
  ['gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
  ['my-own-model', 'my-own-model'],
])('%s answers as %s', (name, snapshot) => {
  expect(modelFacts(name).snapshot).toBe(snapshot);
});

test('reasoning models are told from the others', () => {
  const reasoning = ['gpt-5', 'gpt-5-mini', 'gpt-5.4', 'o3', 'o4-mini'];
  const others = ['gpt-4o', 'gpt-4.1', 'gpt-3.5-turbo', 'gpt-5-chat-latest', 'omni'];
  expect(reasoning.filter((name) => !modelFacts(name).reasoning)).toEqual([]);
  expect(others.filter((name) => modelFacts(name).reasoning)).toEqual([]);
});

test('fingerprints are strings for gpt-4o and o3-mini and null for gpt-3.5, gpt-4 and gpt-5', () => {
  for (const name of ['gpt-4o', 'gpt-4.1', 'o3-mini'])
    expect(modelFacts(name).fingerprint).toMatch(/^fp_[0-9a-f]{10}$/);
  for (const name of ['gpt-3.5-turbo', 'gpt-4', 'gpt-5-mini']) expect(modelFacts(name).fingerprint).toBeNull();
});

test('the vocabulary is o200k from gpt-4o on and cl100k before', () => {
  expect(['gpt-4o', 'gpt-4.1', 'gpt-5', 'o3'].map((name) => modelFacts(name).encoding)).toEqual(
    Array(4).fill('o200k_base'),
  );
  expect(['gpt-4', 'gpt-3.5-turbo', 'text-embedding-3-small'].map((name) => modelFacts(name).encoding)).toEqual(
    Array(3).fill('cl100k_base'),
  );
});

test('the defaults that change between generations follow the version', () => {
  expect(modelFacts('gpt-5')).toMatchObject({
    topP: 1,
    reasoningContext: 'current_turn',
    cacheRetention: 'in_memory',
    phases: false,
  });
  expect(modelFacts('gpt-5.2')).toMatchObject({ topP: 0.98, phases: false });
  expect(modelFacts('gpt-5.5')).toMatchObject({
    topP: 0.98,
    reasoningContext: 'all_turns',
    cacheRetention: '24h',
    phases: true,
  });
});
