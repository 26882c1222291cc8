import { expect, test } from 'vitest';
import { splitPath, takeBodyTenant, tenantOfHeader, tenantOfKey } from './tenant-selection.ts';

test.each([
  ['/t/alice/v1/models', { tenant: 'alice', path: '/v1/models' }],
  ['/t/a.b-c_1/', { tenant: 'a.b-c_1', path: '/' }],
  ['/t/alice', undefined],
  ['/t//v1/models', undefined],
  ['/t/a%20b/v1/models', undefined],
  ['/v1/t/alice', undefined],
])('the path %s names %j', (path, split) => {
  expect(splitPath(path)).toEqual(split);
});

test('a header names a tenant, and what cannot be a name is refused', () => {
  expect(tenantOfHeader({ 'x-mock-tenant': 'alice' })).toBe('alice');
  expect(tenantOfHeader({})).toBeUndefined();
  expect(() => tenantOfHeader({ 'x-mock-tenant': 'a b' })).toThrow('x-mock-tenant: expected a name of letters');
});

test.each([
  ['Bearer sk-mock-tenant-alice', undefined, 'alice'],
  ['Bearer sk-mock-tenant-alice', { 'sk-a': 'ann' }, 'alice'],
  ['Bearer sk-a', { 'sk-a': 'ann' }, 'ann'],
  ['Bearer sk-b', { 'sk-a': 'ann' }, undefined],
  ['Bearer toString', { 'sk-a': 'ann' }, undefined],
  ['Bearer sk-b', 'each', 'sk-b'],
  ['Bearer sk-b', undefined, undefined],
  [undefined, 'each', undefined],
] as const)('the key in %s with the list %j names %s', (authorization, keys, tenant) => {
  expect(tenantOfKey({ authorization }, keys)).toBe(tenant);
});

test.each([
  [{ model: 'gpt-4o@alice', n: 1 }, { model: 'gpt-4o', n: 1 }, 'alice'],
  [{ model: 'gpt-4o@alice!stall' }, { model: 'gpt-4o!stall' }, 'alice'],
  [{ model: 'gpt-4o!cut;after=2@alice' }, { model: 'gpt-4o!cut;after=2' }, 'alice'],
  [{ model: 'claude@20250101' }, { model: 'claude@20250101' }, undefined],
  [{ model: 'm', metadata: { llmproxy_tenant: 'bob', a: 'b' } }, { model: 'm', metadata: { a: 'b' } }, 'bob'],
  [{ model: 'm@alice', metadata: { llmproxy_tenant: 'bob' } }, { model: 'm', metadata: {} }, 'bob'],
  [{ model: 7, metadata: null }, { model: 7, metadata: null }, undefined],
  [undefined, undefined, undefined],
])('the body %j is %j of the tenant %s', (body, bare, tenant) => {
  expect(takeBodyTenant(body)).toEqual({ body: bare, tenant });
});

test('a tenant in the metadata that cannot be a name is refused', () => {
  expect(() => takeBodyTenant({ metadata: { llmproxy_tenant: 5 } })).toThrow(
    'metadata.llmproxy_tenant: expected a name',
  );
});
