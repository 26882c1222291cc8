import { expect, test } from 'vitest';
import { assertOperationMethod, findRoute, noRoute } from './route-table.ts';

test.each([
  ['POST', '/chat/completions', { pipeline: 'operation', operation: 'chat.completions' }],
  ['POST', '/responses', { pipeline: 'operation', operation: 'responses' }],
  ['POST', '/embeddings', { pipeline: 'operation', operation: 'embeddings' }],
  ['POST', '/completions', { pipeline: 'operation', operation: 'completions' }],
  ['GET', '/responses/resp_1', { pipeline: 'stored-response', operation: 'responses.retrieve', subject: 'resp_1' }],
  ['DELETE', '/responses/resp_1', { pipeline: 'stored-response', operation: 'responses.delete', subject: 'resp_1' }],
  [
    'POST',
    '/responses/resp_1/cancel',
    { pipeline: 'stored-response', operation: 'responses.cancel', subject: 'resp_1' },
  ],
  [
    'GET',
    '/responses/resp_1/input_items',
    { pipeline: 'stored-response', operation: 'responses.input_items', subject: 'resp_1' },
  ],
  ['POST', '/responses/input_tokens', { pipeline: 'passthrough' }],
  ['GET', '/models', { pipeline: 'listing', operation: 'models' }],
  ['GET', '/models/org/name%20x', { pipeline: 'listing', operation: 'models', subject: 'org/name x' }],
  ['GET', '/chat/completions/chatcmpl-1', { pipeline: 'passthrough' }],
  ['GET', '/files', { pipeline: 'passthrough' }],
])('%s %s is the same with and without /v1', (method, path, route) => {
  expect(findRoute(method, path)).toMatchObject(route);
  expect(findRoute(method, `/v1${path}`)).toEqual(findRoute(method, path));
});

test('below /v1 everything else is passed through; elsewhere it belongs to the control plane', () => {
  expect(findRoute('GET', '/v1/something/new')).toMatchObject({ pipeline: 'passthrough' });
  expect(findRoute('GET', '/something/new')).toEqual({ pipeline: 'control-plane' });
  expect(findRoute('GET', '/health')).toEqual({ pipeline: 'control-plane' });
  expect(findRoute('DELETE', '/cache')).toEqual({ pipeline: 'control-plane' });
  expect(findRoute('GET', '/v1')).toEqual({ pipeline: 'control-plane' });
});

test.each(['GET', 'HEAD', 'DELETE', 'PUT'])('%s at the path of an operation is refused, and nowhere else', (method) => {
  for (const path of ['/v1/responses/resp_1', '/v1/files', '/v1/models', '/health']) {
    expect(() => assertOperationMethod(method, path)).not.toThrow();
  }
  for (const path of [
    '/v1/chat/completions',
    '/chat/completions',
    '/v1/responses',
    '/v1/embeddings',
    '/v1/completions',
  ]) {
    expect(() => assertOperationMethod('POST', path)).not.toThrow();
    expect(() => assertOperationMethod(method, path)).toThrow(
      expect.objectContaining({ code: 'method_not_allowed', headers: { allow: 'POST, OPTIONS' } }),
    );
  }
});

/** `pipeline operation family path [subject]`. */
function read(method: string, path: string, headers: Record<string, string> = {}): string {
  const route = findRoute(method, path, headers);
  if (route.pipeline === 'control-plane') return route.pipeline;
  const { pipeline, operation, protocol, subject } = route;
  return [pipeline, operation, protocol.family, route.path ?? '', subject ?? ''].join(' ').trim();
}

const G = 'gemini-2.5-flash';

test.each([
  ['POST', '/v1/messages', 'operation messages anthropic'],
  ['POST', '/messages', 'operation messages anthropic'],
  ['POST', '/v1/messages/count_tokens', 'operation messages.count_tokens anthropic'],
  ['POST', '/anthropic/v1/messages', 'operation messages anthropic /messages'],
  ['POST', '/v1/messages/batches', 'passthrough passthrough anthropic /messages/batches'],
  ['POST', `/v1beta/models/${G}:generateContent`, `operation gemini.generate gemini /models/${G}:generateContent`],
  [
    'POST',
    `/v1/models/${G}:streamGenerateContent`,
    `operation gemini.generate gemini /models/${G}:streamGenerateContent`,
  ],
  ['POST', `/v1alpha/models/org/x:countTokens`, 'operation gemini.count_tokens gemini /models/org/x:countTokens'],
  ['POST', `/v1beta/models/${G}:embedContent`, `operation gemini.embed gemini /models/${G}:embedContent`],
  [
    'POST',
    `/v1beta/models/${G}:batchEmbedContents`,
    `operation gemini.batch_embed gemini /models/${G}:batchEmbedContents`,
  ],
  ['POST', `/v1beta/models/${G}:predict`, `passthrough passthrough gemini /models/${G}:predict`],
  ['GET', '/v1beta/models', 'listing models gemini /models'],
  ['GET', `/v1beta/models/${G}`, `listing models gemini /models/${G} ${G}`],
  ['POST', '/v1beta/cachedContents', 'passthrough passthrough gemini /cachedContents'],
  ['POST', '/upload/v1beta/files', 'passthrough passthrough gemini /upload/files'],
  ['GET', '/download/v1beta/files/x:download', 'passthrough passthrough gemini /download/files/x:download'],
  ['POST', '/v1beta/openai/chat/completions', 'operation chat.completions openai /chat/completions'],
  ['POST', '/openai/v1/responses', 'operation responses openai /responses'],
  ['POST', '/openai/responses', 'operation responses openai /responses'],
  ['GET', '/openai/v1/responses/r', 'stored-response responses.retrieve openai /responses/r r'],
  ['GET', '/openai/models', 'listing models openai /models'],
  [
    'POST',
    '/openai/deployments/my%20gpt/chat/completions',
    'operation chat.completions openai /chat/completions my gpt',
  ],
  ['POST', '/openai/deployments/d/embeddings', 'operation embeddings openai /embeddings d'],
  ['POST', '/openai/deployments/d/images/generations', 'passthrough passthrough openai /images/generations d'],
  // Below the prefix of another API these paths mean nothing.
  ['POST', '/openai/v1/messages', 'passthrough passthrough openai /messages'],
  ['POST', '/v1beta/chat/completions', 'passthrough passthrough gemini /chat/completions'],
  ['POST', '/anthropic/v1/chat/completions', 'passthrough passthrough anthropic /chat/completions'],
  ['POST', `/openai/v1/models/${G}:generateContent`, `passthrough passthrough openai /models/${G}:generateContent`],
  ['GET', '/openai', 'control-plane'],
])('%s %s is %s', (method, path, route) => {
  expect(read(method, path)).toBe(route);
});

test('where several APIs share a path the headers of their clients tell them apart', () => {
  const families: Record<string, string>[] = [
    {},
    { 'anthropic-version': 'x' },
    { 'x-api-key': 'k' },
    { 'x-goog-api-key': 'k' },
  ];
  const of = (path: string): string[] => families.map((headers) => read('GET', path, headers).split(' ')[2] ?? '');
  expect(of('/v1/models')).toEqual(['openai', 'anthropic', 'anthropic', 'gemini']);
  expect(of('/v1/files')).toEqual(['openai', 'anthropic', 'anthropic', 'gemini']);
  const both = { authorization: 'Bearer k', 'x-api-key': 'k' };
  expect(read('GET', '/v1/models', both)).toBe('listing models openai /models');
  expect(read('POST', '/v1/chat/completions', { 'anthropic-version': 'x' })).toContain('openai');
});

test('a request without a route is answered in the form of its family', () => {
  const family = (path: string, headers = {}): string => noRoute(path, headers).protocol.family;
  expect(['/v1/messages', '/v1beta/x', '/x', '/openai/x'].map((path) => family(path))).toEqual([
    'anthropic',
    'gemini',
    'openai',
    'openai',
  ]);
  expect(family('/x', { 'anthropic-version': 'x' })).toBe('anthropic');
});

test('another method at the path of a message is refused', () => {
  expect(() => assertOperationMethod('GET', '/v1/messages')).toThrow(/GET/);
  expect(() => assertOperationMethod('GET', '/anthropic/v1/messages/count_tokens')).toThrow(/GET/);
});
