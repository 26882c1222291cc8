import { expect, test } from 'vitest';
import type { EndpointCredential } from '../core/credential.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { PROVIDERS, providerOf } from './table.ts';
import type { ProviderEndpoint } from './types.ts';

const ENDPOINT: ProviderEndpoint = {
  provider: 'openai',
  origin: 'https://api.openai.com',
  basePath: '/v1',
  credential: { kind: 'none' },
};

test.each([
  ['openai', 'https://api.openai.com', 'openai'],
  ['openai', 'http://api.openai.com', 'compatible'],
  ['openai', 'https://api.openai.com.example.org', 'compatible'],
  ['openai', 'http://127.0.0.1:8000', 'compatible'],
  ['mock', 'https://api.openai.com', 'mock'],
  ['mock', 'http://127.0.0.1:8000', 'mock'],
])('an endpoint with provider %s at %s is %s', (provider, origin, id) => {
  expect(providerOf({ provider, origin }).id).toBe(id);
});

const VIEW = {
  protocol: PROTOCOLS.responses,
  path: '/responses',
  query: '',
  headers: { authorization: 'Bearer caller', 'openai-project': 'proj_1', cookie: 'a=b' },
  facts: { model: 'm' },
};

/** Those whose requests are OpenAI's own but for the address. */
const LIKE_OPENAI = Object.values(PROVIDERS).filter(({ id }) => !['anthropic', 'gemini', 'azure'].includes(id));

test.each(LIKE_OPENAI)('$id: path and query follow the base path', (provider) => {
  const azure = { ...ENDPOINT, basePath: '/openai/v1' };
  expect(provider.request(VIEW, azure).path).toBe('/openai/v1/responses');
  expect(provider.request({ ...VIEW, query: 'a=1&b=%20' }, azure).path).toBe('/openai/v1/responses?a=1&b=%20');
});

test.each(LIKE_OPENAI)('$id: the model is renamed where the endpoint knows it by another name', (provider) => {
  const edits = (upstreamModel: string | undefined, facts: { model: string } | undefined = { model: 'm' }) =>
    provider.request({ ...VIEW, facts }, { ...ENDPOINT, ...(upstreamModel === undefined ? {} : { upstreamModel }) })
      .edits;
  expect(edits('gpt "4"')).toEqual([{ op: 'set', key: 'model', value: '"gpt \\"4\\""' }]);
  expect([edits('m'), edits(undefined)]).toEqual([[], []]);
});

test('a request that names no model is not given one', () => {
  const { edits } = PROVIDERS.openai.request({ ...VIEW, facts: undefined }, { ...ENDPOINT, upstreamModel: 'x' });
  expect(edits).toEqual([]);
});

test.each<[EndpointCredential, [string, string][]]>([
  [{ kind: 'key', value: 'sk-endpoint' }, [['authorization', 'Bearer sk-endpoint']]],
  [{ kind: 'none' }, []],
  [
    { kind: 'forward' },
    [
      ['authorization', 'Bearer caller'],
      ['openai-project', 'proj_1'],
    ],
  ],
])('with the credential %j the endpoint gets %j', (credential, headers) => {
  for (const provider of LIKE_OPENAI) {
    expect(provider.request(VIEW, { ...ENDPOINT, credential }).headers).toEqual(headers);
    expect(provider.credentialHeaders(credential, VIEW.headers)).toEqual(headers);
  }
});
