import { expect, test } from 'vitest';
import { CONFIGURED_PROVIDERS } from '../core/provider-rows.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId } from '../protocols/types.ts';
import { endpointSpeaks, PROVIDERS } from './table.ts';
import type { ProviderEndpoint } from './types.ts';

const OF_OPENAI: readonly OperationId[] = ['chat.completions', 'completions', 'responses', 'embeddings'];
const WITHOUT_RESPONSES = OF_OPENAI.filter((id) => id !== 'responses');
const OF_ANTHROPIC: readonly OperationId[] = ['messages', 'messages.count_tokens'];
const OF_GEMINI: readonly OperationId[] = [
  'gemini.generate',
  'gemini.count_tokens',
  'gemini.embed',
  'gemini.batch_embed',
];

type Place = Partial<Pick<ProviderEndpoint, 'provider' | 'origin' | 'api'>>;

function spokenAt(place: Place): OperationId[] {
  const endpoint = { provider: 'openai', origin: 'https://x.example', ...place };
  return Object.values(PROTOCOLS)
    .filter((protocol) => endpointSpeaks(endpoint, protocol))
    .map(({ id }) => id);
}

test.each<[Place, readonly OperationId[]]>([
  [{ origin: 'https://api.openai.com' }, OF_OPENAI],
  [{}, OF_OPENAI],
  [{ api: 'chat' }, WITHOUT_RESPONSES],
  [{ api: 'responses' }, ['responses', 'embeddings']],
  [{ provider: 'azure' }, OF_OPENAI],
  [{ provider: 'anthropic' }, OF_ANTHROPIC],
  [{ provider: 'gemini' }, OF_GEMINI],
  [{ provider: 'perplexity' }, WITHOUT_RESPONSES],
  [{ provider: 'deepseek' }, WITHOUT_RESPONSES],
  [{ provider: 'mistral' }, WITHOUT_RESPONSES],
  [{ provider: 'llama.cpp' }, WITHOUT_RESPONSES],
  [{ provider: 'groq' }, OF_OPENAI],
  [{ provider: 'groq', api: 'chat' }, WITHOUT_RESPONSES],
  [{ provider: 'ollama' }, OF_OPENAI],
  [{ provider: 'mock' }, [...OF_OPENAI, ...OF_ANTHROPIC, ...OF_GEMINI]],
  [{ provider: 'mock', api: 'chat' }, [...WITHOUT_RESPONSES, ...OF_ANTHROPIC, ...OF_GEMINI]],
])('an endpoint with %j speaks %j itself', (place, operations) => {
  expect(spokenAt(place).toSorted()).toEqual([...operations].toSorted());
});

test('every provider that the configuration may name is there, under its own name', () => {
  for (const name of CONFIGURED_PROVIDERS) expect(PROVIDERS[name].id).toBe(name);
  expect(Object.keys(PROVIDERS).toSorted()).toEqual([...CONFIGURED_PROVIDERS, 'compatible'].toSorted());
  const simulating = Object.values(PROVIDERS).filter(({ simulates }) => simulates);
  expect(simulating.map(({ id }) => id)).toEqual(['mock']);
});

test('only servers whose streams carry usage anyway are not asked for it', () => {
  const unasked = Object.values(PROVIDERS).filter(({ usageUnasked }) => usageUnasked);
  expect(unasked.map(({ id }) => id).toSorted()).toEqual(['anthropic', 'fireworks', 'gemini', 'mistral', 'perplexity']);
});
