import { expect, test } from 'vitest';
import { providerNamed, takesKeysOf } from './key-places.ts';

const base = { provider: 'openai', origin: 'https://gateway.example' };
const OWN: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
};

test.each<[string, string, object, string | undefined, boolean]>([
  ['the provider’s own address', 'openai', { origin: 'https://api.openai.com' }, undefined, true],
  ['its own address, another provider', 'anthropic', { origin: 'https://api.openai.com' }, undefined, false],
  ['an address of others', 'openai', {}, undefined, false],
  ['an address of others whose provider is written', 'openai', {}, 'openai', true],
  ['an alias that is written', 'gemini', {}, 'google', true],
  ['another provider is written', 'openai', {}, 'house', false],
  ['this machine', 'openai', { origin: 'http://127.0.0.1:9' }, undefined, true],
  ['a mock', 'openai', { provider: 'mock', origin: 'http://mock.example' }, undefined, true],
  [
    'a host that begins like the provider’s',
    'openai',
    { origin: 'https://api.openai.com.evil.example' },
    undefined,
    false,
  ],
])('%s', (_what, provider, endpoint, providerName, takes) => {
  const given = { ...base, ...endpoint, providerName };
  expect(takesKeysOf(provider, { model: 'gpt-4o', endpoint: given, ownOrigin: OWN[provider] })).toBe(takes);
});

test('the name of a model alone opens no address of others', () => {
  const question = { endpoint: base, ownOrigin: OWN['anthropic'] };
  expect(takesKeysOf('anthropic', { ...question, model: 'claude-x' })).toBe(false);
});

test('a provider is found by any of its names', () => {
  const list = [{ name: 'openai' }, { name: 'Claude' }];
  expect(providerNamed(list, 'anthropic')).toBe(list[1]);
  expect(providerNamed(list, 'gemini')).toBeUndefined();
});
