import { expect, test } from 'vitest';
import { providerNamed, takesUsersKeys } from './key-places.ts';

const base = { provider: 'openai', origin: 'https://gateway.example' };
const HOUSE = [{ name: 'Claude', address: { origin: 'https://claude.house.example' } }, { name: 'openai' }];

test.each<[string, string, object, boolean]>([
  ['the provider’s own address', 'gpt-4o', { origin: 'https://api.openai.com' }, true],
  ['an address of others', 'gpt-4o', {}, false],
  ['an address of others whose provider is written', 'gpt-4o', { providerName: 'openai' }, true],
  ['this machine', 'gpt-4o', { origin: 'http://127.0.0.1:9' }, true],
  ['a mock', 'gpt-4o', { provider: 'mock', origin: 'http://mock.example' }, true],
  ['a host that begins like the provider’s', 'gpt-4o', { origin: 'https://api.openai.com.evil.example' }, false],
  ['an address of others, by the name of the model alone', 'claude-x', {}, false],
  ['the address that is written under `providers`', 'claude-x', { origin: 'https://claude.house.example' }, true],
  ['that address, for a model of another provider', 'gpt-4o', { origin: 'https://claude.house.example' }, false],
])('%s', (_what, model, endpoint, takes) => {
  expect(takesUsersKeys({ ...base, ...endpoint }, model, HOUSE)).toBe(takes);
});

test('a provider is found by any of its names', () => {
  const list = [{ name: 'openai' }, { name: 'Claude' }];
  expect(providerNamed(list, 'anthropic')).toBe(list[1]);
  expect(providerNamed(list, 'gemini')).toBeUndefined();
});
