import { expect, test } from 'vitest';
import { findRoute } from './route-table.ts';

test.each([
  ['POST', '/chat/completions', { kind: 'pipeline', operation: 'chat.completions' }],
  ['POST', '/responses', { kind: 'pipeline', operation: 'responses' }],
  ['POST', '/embeddings', { kind: 'pipeline', operation: 'embeddings' }],
  ['POST', '/completions', { kind: 'pipeline', operation: 'completions' }],
  ['GET', '/responses/resp_1', { kind: 'owned', operation: 'responses.retrieve', id: 'resp_1' }],
  ['DELETE', '/responses/resp_1', { kind: 'owned', operation: 'responses.delete', id: 'resp_1' }],
  ['POST', '/responses/resp_1/cancel', { kind: 'owned', operation: 'responses.cancel', id: 'resp_1' }],
  ['GET', '/responses/resp_1/input_items', { kind: 'owned', operation: 'responses.input_items', id: 'resp_1' }],
  ['POST', '/responses/input_tokens', { kind: 'passthrough' }],
  ['GET', '/models', { kind: 'models' }],
  ['GET', '/models/org/name%20x', { kind: 'models', id: 'org/name x' }],
  ['GET', '/chat/completions/chatcmpl-1', { kind: 'passthrough' }],
  ['GET', '/files', { kind: 'passthrough' }],
])('%s %s is the same with and without /v1', (method, path, route) => {
  expect(findRoute(method, path)).toEqual(route);
  expect(findRoute(method, `/v1${path}`)).toEqual(route);
});

test('below /v1 everything else is passed through; elsewhere it belongs to the control plane', () => {
  expect(findRoute('GET', '/v1/something/new')).toEqual({ kind: 'passthrough' });
  expect(findRoute('GET', '/something/new')).toEqual({ kind: 'admin' });
  expect(findRoute('GET', '/health')).toEqual({ kind: 'admin' });
  expect(findRoute('DELETE', '/cache')).toEqual({ kind: 'admin' });
  expect(findRoute('GET', '/v1')).toEqual({ kind: 'admin' });
});
