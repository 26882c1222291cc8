import { expect, test } from 'vitest';

import { canonicalProvider } from '../core/provider-names.ts';
import { providerNameOf } from './names.ts';

const OPENAI = { provider: 'openai', origin: 'https://api.openai.com' };
const FOREIGN = { provider: 'openai', origin: 'https://llm.example' };
const MOCK = { provider: 'mock', origin: 'http://127.0.0.1:1' };

test.each([
  ['Claude', 'anthropic'],
  ['google', 'gemini'],
  ['VERTEX', 'gemini'],
  ['OpenAI', 'openai'],
  ['moonshot', 'moonshot'],
])('%s is called %s', (name, canonical) => {
  expect(canonicalProvider(name)).toBe(canonical);
});

test.each([
  [OPENAI, 'claude-3', 'openai'],
  [FOREIGN, 'gpt-4', 'openai'],
  [FOREIGN, 'claude-3', 'anthropic'],
  [MOCK, 'claude-3-5-sonnet-20240620', 'anthropic'],
  [MOCK, 'gemini-2.0-flash', 'gemini'],
  [MOCK, 'deepseek-chat', 'deepseek'],
  [MOCK, 'Mistral-large', 'mistral'],
  [MOCK, 'meta-llama/Llama-3', 'llama'],
  [MOCK, 'meta-llama-3', 'openai'],
  [{ provider: 'azure', origin: 'https://r.openai.azure.com' }, 'claude-3', 'azure'],
  [{ provider: 'groq', origin: 'https://api.groq.com' }, 'meta-llama/Llama-3', 'groq'],
  [{ provider: 'llama.cpp', origin: 'http://127.0.0.1:8080' }, 'gemini-x', 'llama.cpp'],
  [{ ...FOREIGN, providerName: 'Google' }, 'claude-3', 'gemini'],
  [{ ...OPENAI, providerName: 'custom' }, 'gpt-4', 'custom'],
])('the provider of %o for model %s is %s', (endpoint, model, name) => {
  expect(providerNameOf(endpoint, model)).toBe(name);
});
