import { expect, test } from 'vitest';
import { parseConfig } from './config/load.ts';
import { mockPlaces } from './mock-places.ts';

const ORIGINS = { origin: (name: string) => (name === 'gone' ? undefined : `http://127.0.0.1:1/${name}`) };

function placesOf(...endpoints: readonly object[]): unknown[] {
  const models = { m: { endpoints: [{ provider: 'openai', api_key: 'sk-x' }, ...endpoints] } };
  const { config } = parseConfig(JSON.stringify({ models }), 'test.yaml', { environment: {} });
  return mockPlaces(config, ORIGINS).map(({ token, ...place }) => ({ ...place, token: token?.reveal() }));
}

const mock = (more: object = {}): object => ({ provider: 'mock', ...more });

test('bundled mocks stand under their names, once they have an address', () => {
  expect(placesOf(mock({ name: 'a' }), mock({ name: 'gone' }))).toEqual([
    { name: 'a', bundled: true, address: 'http://127.0.0.1:1/a', endpoints: ['m/a'], token: undefined },
  ]);
});

test('connected mocks stand under their host, each once, and tenants by themselves', () => {
  const at = (base_url: string, name: string, more: object = {}): object => mock({ base_url, name, ...more });
  expect(
    placesOf(
      at('http://127.0.0.1:4001/v1', 'a'),
      at('http://127.0.0.1:4001', 'b', { control_token: 'the-token' }),
      at('http://mock.example:4001/t/alice/v1', 'c', { control_token: '' }),
    ),
  ).toEqual([
    {
      name: '127.0.0.1:4001',
      bundled: false,
      address: 'http://127.0.0.1:4001',
      endpoints: ['m/a', 'm/b'],
      token: 'the-token',
    },
    {
      name: 'mock.example:4001~alice',
      bundled: false,
      address: 'http://mock.example:4001/t/alice',
      endpoints: ['m/c'],
      token: undefined,
    },
  ]);
});

test.each([{ provider: 'openai', api_key: 'sk-x', base_url: 'http://127.0.0.1:9' }, { provider: 'mock' }])(
  'control_token is for connected mocks alone: %j',
  (endpoint) => {
    expect(() => placesOf({ ...endpoint, control_token: 'x' })).toThrow(/control_token: expected provider: mock/);
  },
);
