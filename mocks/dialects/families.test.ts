import { expect, test } from 'vitest';
import { familyFor } from './families.ts';
import { requestKey } from './keys.ts';

test.each([
  ['/v1/messages', {}, undefined, 'anthropic'],
  ['/v1/messages/batches', {}, 'openai', 'anthropic'],
  ['/v1/models', { 'x-api-key': 'k' }, undefined, 'anthropic'],
  ['/v1/models', { 'anthropic-version': '2023-06-01' }, 'gemini', 'anthropic'],
  ['/v1/models', { authorization: 'Bearer k' }, undefined, 'openai'],
  ['/v1/models', {}, 'anthropic', 'anthropic'],
  ['/v1beta/models/x:generateContent', {}, undefined, 'gemini'],
  ['/upload/v1beta/files', {}, undefined, 'gemini'],
  ['/v1/models/x:generateContent', { 'x-goog-api-key': 'k' }, undefined, 'gemini'],
  ['/openai/deployments/d/chat/completions', {}, undefined, 'azure'],
  ['/v1beta/models/x:countTokens', { 'x-api-key': 'k' }, undefined, 'gemini'],
] as const)('%s with %j on a server of %s is asked of %s', (path, headers, dialect, family) => {
  expect(familyFor(path, headers, dialect)).toBe(family);
});

test.each([
  [{ authorization: 'Bearer a' }, undefined, 'a'],
  [{ authorization: 'Bearer a', 'x-api-key': 'b' }, undefined, 'a'],
  [{ 'x-api-key': 'b' }, undefined, 'b'],
  [{ 'x-goog-api-key': 'c' }, 'key=d', 'c'],
  [{ 'api-key': 'e' }, undefined, 'e'],
  [{}, 'alt=sse&key=d', 'd'],
  [{}, 'alt=sse', undefined],
  [{ authorization: 'Basic x' }, undefined, undefined],
] as const)('the key in %j and ?%s is %s', (headers, query, key) => {
  expect(requestKey(headers, query)).toBe(key);
});
