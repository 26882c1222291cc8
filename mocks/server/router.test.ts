import { expect, test } from 'vitest';
import type { Operation } from '../dialects/reply.ts';
import { Router } from './router.ts';

function operation(id: string, method: Operation['method'], path: string): Operation {
  return { id, method, path, handle: () => ({ kind: 'json', status: 200, headers: [], body: id, tokens: 0 }) };
}

const router = new Router([
  operation('get', 'GET', '/v1/things/{id}'),
  operation('count', 'GET', '/v1/things/count'),
  operation('parts', 'GET', '/v1/{kind}/{id}/parts'),
  operation('thing-parts', 'GET', '/v1/things/{id}/parts'),
  operation('create', 'POST', '/v1/things'),
]);

test.each([
  ['POST', '/v1/things', 'create', {}],
  ['GET', '/v1/things/a', 'get', { id: 'a' }],
  ['GET', '/v1/things/a%2Fb', 'get', { id: 'a/b' }],
  ['GET', '/v1/things/%', 'get', { id: '%' }],
  ['GET', '/v1/things/count', 'count', {}],
  ['GET', '/v1/things/a/parts', 'thing-parts', { id: 'a' }],
  ['GET', '/v1/others/a/parts', 'parts', { kind: 'others', id: 'a' }],
])('%s %s is the operation "%s"', (method, path, id, params) => {
  const route = router.find(method, path);
  expect(route?.operation.id).toBe(id);
  expect(route?.params).toEqual(params);
});

test.each([
  ['GET', '/v1/things'],
  ['POST', '/v1/things/a'],
  ['GET', '/v1/things/'],
  ['GET', '/v1/things/a/b'],
  ['GET', '/things/a'],
])('%s %s is no operation', (method, path) => {
  expect(router.find(method, path)).toBeUndefined();
});

test('the methods of a path are known, so that a wrong one can be refused', () => {
  expect(router.methodsOf('/v1/things')).toEqual(['POST']);
  expect(router.methodsOf('/v1/things/a')).toEqual(['GET']);
  expect(router.methodsOf('/v1/nothing')).toEqual([]);
});
