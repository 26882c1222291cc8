import { expect, test } from 'vitest';
import type { EndpointCredential } from '../core/credential.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId } from '../protocols/types.ts';
import { providerOf } from './table.ts';
import type { ProviderEndpoint, ProviderRequestView } from './types.ts';

const KEY: EndpointCredential = { kind: 'key', value: 'secret-key' };

/** Where each of them is, as the configuration resolves it. */
const ENDPOINTS = {
  openai: { origin: 'https://api.openai.com', basePath: '/v1' },
  anthropic: { origin: 'https://api.anthropic.com', basePath: '/v1' },
  gemini: { origin: 'https://generativelanguage.googleapis.com', basePath: '/v1beta' },
  vertex: { provider: 'gemini', origin: 'https://g.example', basePath: '/v1/projects/p/locations/l/publishers/google' },
  azure: { origin: 'https://r.openai.azure.com', basePath: '/openai/v1' },
  'azure, dated': {
    provider: 'azure',
    origin: 'https://r.openai.azure.com',
    basePath: '/openai',
    query: { 'api-version': '2024-10-21' },
  },
  foundry: {
    provider: 'openai',
    origin: 'https://r.services.ai.azure.com',
    basePath: '/models',
    query: { 'api-version': '2024-05-01-preview' },
    authHeader: 'api-key',
  },
  groq: { origin: 'https://api.groq.com', basePath: '/openai/v1' },
  perplexity: { origin: 'https://api.perplexity.ai', basePath: '' },
  ollama: { origin: 'http://127.0.0.1:11434', basePath: '/v1' },
  mock: { origin: 'http://127.0.0.1:4001', basePath: '/v1' },
} as const satisfies Record<string, Partial<ProviderEndpoint>>;

type Name = keyof typeof ENDPOINTS;

function build(name: Name, view: Partial<ProviderRequestView>, more: Partial<ProviderEndpoint> = {}) {
  const endpoint: ProviderEndpoint = { provider: name, credential: KEY, ...ENDPOINTS[name], ...more };
  const whole = { protocol: undefined, path: '/x', query: '', headers: {}, facts: undefined, ...view };
  return providerOf(endpoint).request(whole, endpoint);
}

/** A request of one operation, as `endpointRequest` describes it. */
function ask(id: OperationId, facts: Partial<NonNullable<ProviderRequestView['facts']>> = {}) {
  const protocol = PROTOCOLS[id];
  return { protocol, path: protocol.path, facts: { model: 'm', stream: false, ...facts } };
}

test.each<[Name, OperationId, string]>([
  ['openai', 'chat.completions', '/v1/chat/completions'],
  ['groq', 'chat.completions', '/openai/v1/chat/completions'],
  ['perplexity', 'chat.completions', '/chat/completions'],
  ['ollama', 'embeddings', '/v1/embeddings'],
  ['foundry', 'chat.completions', '/models/chat/completions?api-version=2024-05-01-preview'],
  ['anthropic', 'messages', '/v1/messages'],
  ['anthropic', 'messages.count_tokens', '/v1/messages/count_tokens'],
  ['gemini', 'gemini.generate', '/v1beta/models/m:generateContent'],
  ['gemini', 'gemini.count_tokens', '/v1beta/models/m:countTokens'],
  ['gemini', 'gemini.embed', '/v1beta/models/m:embedContent'],
  ['gemini', 'gemini.batch_embed', '/v1beta/models/m:batchEmbedContents'],
  ['vertex', 'gemini.generate', '/v1/projects/p/locations/l/publishers/google/models/m:generateContent'],
  ['azure', 'chat.completions', '/openai/v1/chat/completions'],
  ['azure', 'responses', '/openai/v1/responses'],
  ['azure, dated', 'chat.completions', '/openai/deployments/m/chat/completions?api-version=2024-10-21'],
  ['azure, dated', 'completions', '/openai/deployments/m/completions?api-version=2024-10-21'],
  ['azure, dated', 'embeddings', '/openai/deployments/m/embeddings?api-version=2024-10-21'],
  ['azure, dated', 'responses', '/openai/responses?api-version=2024-10-21'],
  ['mock', 'chat.completions', '/v1/chat/completions'],
  ['mock', 'messages', '/v1/messages'],
  ['mock', 'gemini.generate', '/v1beta/models/m:generateContent'],
])('%s: %s goes to %s, and the body stays as it is', (name, id, path) => {
  expect(build(name, ask(id))).toMatchObject({ path, edits: [] });
});

const IN_BODY = [{ op: 'set', key: 'model', value: '"at/endpoint"' }];

test.each<[Name, OperationId, string, object[]]>([
  ['openai', 'chat.completions', '/v1/chat/completions', IN_BODY],
  ['ollama', 'chat.completions', '/v1/chat/completions', IN_BODY],
  ['anthropic', 'messages', '/v1/messages', IN_BODY],
  ['gemini', 'gemini.generate', '/v1beta/models/at%2Fendpoint:generateContent', []],
  ['azure', 'chat.completions', '/openai/v1/chat/completions', IN_BODY],
  ['azure, dated', 'chat.completions', '/openai/deployments/at%2Fendpoint/chat/completions?api-version=2024-10-21', []],
  ['azure, dated', 'responses', '/openai/responses?api-version=2024-10-21', IN_BODY],
  ['mock', 'messages', '/v1/messages', IN_BODY],
  ['mock', 'gemini.generate', '/v1beta/models/at%2Fendpoint:generateContent', []],
])('%s: the name of the model at the endpoint is where %s has it', (name, id, path, edits) => {
  expect(build(name, ask(id), { upstreamModel: 'at/endpoint' })).toMatchObject({ path, edits });
});

test('a client that wrote PROVIDER/MODEL has that replaced in the body, and nowhere else', () => {
  const facts = { model: 'm', writtenModel: 'azure/m' };
  expect(build('azure', ask('chat.completions', facts)).edits).toEqual([{ op: 'set', key: 'model', value: '"m"' }]);
  expect(build('azure, dated', ask('chat.completions', facts)).edits).toEqual([]);
});

test.each([
  ['models/gemini-2.5-flash', '/models/gemini-2.5-flash:countTokens'],
  ['tunedModels/mine', '/tunedModels/mine:countTokens'],
  ['tunedModels/../x', '/tunedModels/..%2Fx:countTokens'],
  ['a?b#c', '/models/a%3Fb%23c:countTokens'],
  ['..', '/models/-:countTokens'],
])('gemini: the model %s stands in the path as %s', (model, path) => {
  expect(build('gemini', ask('gemini.count_tokens', { model })).path).toBe(`/v1beta${path}`);
});

test.each([
  ['..', '-'],
  ['.', '-'],
  ['a/../b', 'a%2F..%2Fb'],
  ['gpt-4o?x', 'gpt-4o%3Fx'],
])('azure: a deployment called %s leads to no other path', (model, segment) => {
  const { path } = build('azure, dated', ask('chat.completions', { model }));
  expect(path).toBe(`/openai/deployments/${segment}/chat/completions?api-version=2024-10-21`);
});

test.each([
  [true, '', ':streamGenerateContent?alt=sse'],
  [true, 'alt=sse', ':streamGenerateContent?alt=sse'],
  [true, 'alt=json&x=1', ':streamGenerateContent?x=1&alt=sse'],
  [false, 'alt=sse&x=1', ':generateContent?x=1'],
  [false, 'key=AIza-caller&x=1', ':generateContent?x=1'],
  [false, 'k%65y=AIza-caller', ':generateContent'],
])('gemini: streams (%s) are events, and a key in the query (%s) stays here', (stream, query, end) => {
  for (const name of ['gemini', 'mock'] as const) {
    const { path } = build(name, { ...ask('gemini.generate', { stream }), query });
    expect(path).toBe(`/v1beta/models/m${end}`);
  }
});

test('gemini: other paths pass, with the query that belongs to them', () => {
  expect(build('gemini', { path: '/cachedContents', query: 'pageSize=5&key=k' }).path).toBe(
    '/v1beta/cachedContents?pageSize=5',
  );
  expect(build('gemini', { path: '/cachedContents', facts: { model: 'm' } }).path).toBe('/v1beta/cachedContents');
  expect(build('mock', { path: '/files/f1', family: 'gemini' }).path).toBe('/v1beta/files/f1');
  expect(build('gemini', { path: '/upload/files' }).path).toBe('/upload/v1beta/files');
  expect(build('mock', { path: '/upload/files', family: 'gemini' }).path).toBe('/upload/v1beta/files');
  expect(build('gemini', { path: '/download/files/f1:download', query: 'alt=media' }).path).toBe(
    '/download/v1beta/files/f1:download?alt=media',
  );
  expect(
    build('gemini', { path: '/models/m:predictLongRunning', facts: { model: 'm' } }, { upstreamModel: 'veo' }).path,
  ).toBe('/v1beta/models/veo:predictLongRunning');
});

test.each([
  ['azure', '/audio/transcriptions', '/openai/v1/audio/transcriptions'],
  ['azure, dated', '/audio/transcriptions', '/openai/deployments/m/audio/transcriptions?api-version=2024-10-21'],
  ['azure, dated', '/images/edits', '/openai/deployments/m/images/edits?api-version=2024-10-21'],
  ['azure', '/realtime', '/openai/v1/realtime'],
  ['azure, dated', '/realtime', '/openai/v1/realtime'],
  ['azure, dated', '/realtime/client_secrets', '/openai/v1/realtime/client_secrets'],
  ['azure, dated', '/files', '/openai/files?api-version=2024-10-21'],
  ['azure, dated', '/batches/b1', '/openai/batches/b1?api-version=2024-10-21'],
] as const)('%s: the route %s, which is not interpreted, is at %s', (name, path, expected) => {
  expect(build(name, { path, facts: { model: 'm' } }).path).toBe(expected);
});

test('azure: a route of a deployment whose request names none has no deployment in its path', () => {
  expect(build('azure, dated', { path: '/audio/speech' }).path).toBe('/openai/audio/speech?api-version=2024-10-21');
});

test('azure: the api-version of a client is not that of the endpoint', () => {
  const query = 'api-version=2023-05-15&x=%20';
  expect(build('azure, dated', { path: '/files', query }).path).toBe('/openai/files?x=%20&api-version=2024-10-21');
  expect(build('azure', { path: '/files', query }).path).toBe('/openai/v1/files?x=%20');
  expect(build('azure, dated', { path: '/realtime', query }).path).toBe('/openai/v1/realtime?x=%20');
  const preview = { query: { 'api-version': 'preview', y: '1' } };
  expect(build('azure', { path: '/files', query }, preview).path).toBe(
    '/openai/v1/files?x=%20&api-version=preview&y=1',
  );
});

test('a parameter of the endpoint stands in place of the one that a client names so', () => {
  const built = build('groq', { path: '/files', query: 'a=1&b=2&a=3&&%zz=4' }, { query: { a: 'x y', c: '&' } });
  expect(built.path).toBe('/openai/v1/files?b=2&%zz=4&a=x%20y&c=%26');
  expect(build('groq', { path: '/files', query: 'a=1&&b' }).path).toBe('/openai/v1/files?a=1&&b');
});

const JWT = 'eyJhbGciOi.eyJhdWQiOi.c2lnbmF0dXJl';
const VERSION = ['anthropic-version', '2023-06-01'];

test.each<[Name, string, string[][]]>([
  ['openai', 'sk-1', [['authorization', 'Bearer sk-1']]],
  ['groq', 'gsk_1', [['authorization', 'Bearer gsk_1']]],
  ['foundry', 'k', [['api-key', 'k']]],
  ['anthropic', 'sk-ant-api03-x', [['x-api-key', 'sk-ant-api03-x'], VERSION]],
  ['anthropic', 'sk-ant-oat01-x', [['authorization', 'Bearer sk-ant-oat01-x'], VERSION]],
  ['anthropic', JWT, [['authorization', `Bearer ${JWT}`], VERSION]],
  ['gemini', 'AIzaX', [['x-goog-api-key', 'AIzaX']]],
  ['vertex', 'ya29.x', [['authorization', 'Bearer ya29.x']]],
  ['azure', '0123abcd', [['api-key', '0123abcd']]],
  ['azure, dated', JWT, [['authorization', `Bearer ${JWT}`]]],
])('%s: the key %s goes in the header that takes it', (name, value, headers) => {
  expect(build(name, {}, { credential: { kind: 'key', value } }).headers).toEqual(headers);
});

test('the mock is given the key of the family that it plays', () => {
  const headers = (id: OperationId) => build('mock', ask(id)).headers;
  expect(headers('chat.completions')).toEqual([['authorization', 'Bearer secret-key']]);
  expect(headers('messages')).toEqual([['x-api-key', 'secret-key'], VERSION]);
  expect(headers('gemini.generate')).toEqual([['x-goog-api-key', 'secret-key']]);
});

test('a header that the configuration names for the key takes the place of the usual one', () => {
  const keyIn = (name: Name, authHeader: string, credential: EndpointCredential = KEY) =>
    build(name, { headers: { authorization: 'Bearer caller', 'openai-project': 'p' } }, { authHeader, credential })
      .headers[0];
  expect(keyIn('openai', 'x-litellm-key')).toEqual(['x-litellm-key', 'secret-key']);
  expect(keyIn('anthropic', 'authorization')).toEqual(['authorization', 'Bearer secret-key']);
  expect(keyIn('openai', 'api-key', { kind: 'forward' })).toEqual(['api-key', 'caller']);
});

/** What a client brings, and what the endpoint of each family gets. */
test.each<[Name, Record<string, string>, string[][]]>([
  [
    'openai',
    { authorization: 'bearer  sk-1', 'openai-organization': 'o' },
    [
      ['authorization', 'bearer  sk-1'],
      ['openai-organization', 'o'],
    ],
  ],
  ['openai', { authorization: 'Basic abc' }, [['authorization', 'Basic abc']]],
  ['openai', { 'x-api-key': 'k' }, [['authorization', 'Bearer k']]],
  ['openai', { 'api-key': 'k', cookie: 'c' }, [['authorization', 'Bearer k']]],
  ['openai', { 'openai-project': 'p' }, [['openai-project', 'p']]],
  ['anthropic', { 'x-api-key': 'k' }, [['x-api-key', 'k'], VERSION]],
  ['anthropic', { authorization: 'Bearer sk-ant-oat01' }, [['authorization', 'Bearer sk-ant-oat01'], VERSION]],
  ['anthropic', { authorization: 'Bearer k', 'openai-project': 'p' }, [['x-api-key', 'k'], VERSION]],
  ['gemini', { authorization: 'Bearer k' }, [['x-goog-api-key', 'k']]],
  ['gemini', { 'x-goog-api-key': 'k' }, [['x-goog-api-key', 'k']]],
  ['azure', { 'api-key': 'k' }, [['api-key', 'k']]],
  ['azure', { authorization: `Bearer ${JWT}` }, [['authorization', `Bearer ${JWT}`]]],
  ['azure', {}, []],
])('%s: of a caller with %j the endpoint gets %j', (name, headers, expected) => {
  expect(build(name, { headers }, { credential: { kind: 'forward' } }).headers).toEqual(expected);
});

test('anthropic: the version and the betas are those that the client asks for', () => {
  const headers = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'a-1,b-2' };
  const own = [
    ['anthropic-version', '2026-10-21'],
    ['anthropic-beta', 'a-1,b-2'],
  ];
  expect(build('anthropic', { headers }, { credential: { kind: 'none' } }).headers).toEqual(own);
  expect(build('mock', { ...ask('messages'), headers }, { credential: { kind: 'none' } }).headers).toEqual(own);
  expect(build('openai', { headers }, { credential: { kind: 'none' } }).headers).toEqual([]);
});
