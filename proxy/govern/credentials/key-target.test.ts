import { expect, test } from 'vitest';
import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/load.ts';
import type { Endpoint } from '../../routing/types.ts';
import { keyTarget } from './key-target.ts';

const base: Endpoint = {
  id: 'm/e',
  provider: 'openai',
  origin: 'https://gateway.example',
  basePath: '/v1',
  credential: { kind: 'key', value: 'operators' },
  weight: 1,
  headers: {},
  providerName: 'openai',
  takesOwnKeys: true,
};

function configOf(providers: object): Config {
  const endpoint = { provider: 'openai', name: 'e', base_url: base.origin, provider_name: 'openai', api_key: 'k' };
  const text = JSON.stringify({ providers, models: { m: { endpoints: [endpoint] } } });
  return parseConfig(text, 'test.yaml', { environment: {} }).config;
}

const places = [{ model: 'm', endpoint: { ...base, headers: { 'openai-organization': 'o', 'x-app': 'a' } } }];

test.each<[string, object, string, string | undefined]>([
  [
    'an address that is written',
    { openai: { base_url: 'https://written.example' } },
    'openai',
    'https://written.example',
  ],
  ['an endpoint of that provider', {}, 'openai', 'https://gateway.example'],
  [
    'an endpoint, although a section names no address',
    { openai: { api_key: 'k' } },
    'openai',
    'https://gateway.example',
  ],
  ['the provider’s own', {}, 'anthropic', 'https://api.anthropic.com'],
  ['the own one under another name', { claude: { api_key: 'k' } }, 'anthropic', 'https://api.anthropic.com'],
  ['none', { house: {} }, 'house', undefined],
])('keys go to %s', (_what, providers, provider, origin) => {
  expect(keyTarget(provider, undefined, configOf(providers), places)?.origin).toBe(origin);
});

test('an endpoint that takes no keys of users is not one of these addresses', () => {
  const { takesOwnKeys: _, ...closed } = base;
  const target = keyTarget('openai', 'm', configOf({}), [{ model: 'm', endpoint: closed }]);
  expect(target?.origin).toBe('https://api.openai.com');
});

test('what names the operator’s account does not go along', () => {
  const target = keyTarget('openai', 'm', configOf({}), places);
  expect(target).toMatchObject({ id: 'm/e', headers: { 'x-app': 'a' } });
  expect(target?.headers).not.toHaveProperty('openai-organization');
  expect(target).not.toHaveProperty('credential');
});
