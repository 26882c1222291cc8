import { expect, test } from 'vitest';
import { credentialProviders, credentialWord } from './credential-names.ts';

test('every user has three providers, and those of the configuration beside them', () => {
  expect(credentialProviders([]).map(({ word }) => word)).toEqual(['openai', 'google', 'anthropic']);
  const found = credentialProviders([
    { name: 'Mistral', defaultModel: 'mistral-small' },
    { name: 'claude', defaultModel: 'claude-opus-4-5' },
    { name: 'gemini' },
    { name: 'house' },
  ]);
  expect(found).toEqual([
    { word: 'openai', canonical: 'openai', display: 'OpenAI', defaultModel: 'gpt-4o-mini' },
    { word: 'google', canonical: 'gemini', display: 'Google', defaultModel: 'gemini-2.5-flash' },
    { word: 'anthropic', canonical: 'anthropic', display: 'Anthropic', defaultModel: 'claude-opus-4-5' },
    { word: 'mistral', canonical: 'mistral', display: 'Mistral', defaultModel: 'mistral-small' },
    { word: 'house', canonical: 'house', display: 'house' },
  ]);
});

test.each([
  ['gemini', 'google'],
  ['openai', 'openai'],
  ['constructor', 'constructor'],
])('users call %s %s', (canonical, word) => {
  expect(credentialWord(canonical)).toBe(word);
});
