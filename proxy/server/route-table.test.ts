import { expect, test } from 'vitest';
import { assertOperationMethod, findRoute } from './route-table.ts';

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
