import { expect, test } from 'vitest';
import type { Operation } from '../dialects/reply.ts';
import { Router } from './router.ts';

function operation(id: string, path: string, family?: Operation['family'], method: Operation['method'] = 'GET') {
  const handle: Operation['handle'] = () => ({ kind: 'json', status: 200, headers: [], body: '', tokens: 0 });
  return { id, family, method, path, handle };
}

const router = new Router([
  operation('openai.models', '/v1/models'),
  operation('openai.model', '/v1/models/{id}'),
  operation('anthropic.models', '/v1/models', 'anthropic'),
  operation('anthropic.model', '/v1/models/{id}', 'anthropic'),
  operation('gemini.generate', '/v1beta/models/{model}:generateContent', 'gemini', 'POST'),
  operation('gemini.count', '/v1beta/models/{model}:countTokens', 'gemini', 'POST'),
  operation('gemini.model', '/v1beta/models/{model}', 'gemini'),
  operation('gemini.cache', '/v1beta/cachedContents/{id}', 'gemini', 'PATCH'),
]);

test.each([
  ['GET', '/v1/models', 'openai', 'openai.models', {}],
  ['GET', '/v1/models', 'anthropic', 'anthropic.models', {}],
  ['GET', '/v1/models', 'gemini', 'openai.models', {}],
  ['GET', '/v1/models/a', 'anthropic', 'anthropic.model', { id: 'a' }],
  ['GET', '/v1/models/a', 'azure', 'openai.model', { id: 'a' }],
  [
    'POST',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    'openai',
    'gemini.generate',
    { model: 'gemini-2.5-flash' },
  ],
  ['POST', '/v1beta/models/a%2Fb:countTokens', 'gemini', 'gemini.count', { model: 'a/b' }],
  ['GET', '/v1beta/models/m:generateContent', 'gemini', 'gemini.model', { model: 'm:generateContent' }],
  ['PATCH', '/v1beta/cachedContents/x', 'gemini', 'gemini.cache', { id: 'x' }],
] as const)('%s %s asked as %s is %s', (method, path, family, id, params) => {
  const route = router.find(method, path, family);
  expect([route?.operation.id, route?.params]).toEqual([id, params]);
});

test('a name is never empty, and an unknown verb is no path', () => {
  expect(router.find('POST', '/v1beta/models/:generateContent', 'gemini')).toBeUndefined();
  expect(router.find('POST', '/v1beta/models/m:other', 'gemini')).toBeUndefined();
  expect(router.methodsOf('/v1beta/models/m:generateContent')).toEqual(['GET', 'POST']);
});
