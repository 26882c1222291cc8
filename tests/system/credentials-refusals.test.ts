import { expect, test } from 'vitest';
import { startBed } from './bed.ts';
import { BASE, credentialsBed, read } from './credentials-bed.ts';
import { send } from './http.ts';

const UNKNOWN = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const KEY = 'sk-proj-abcdefghijkl1234';
const OPENAI = { provider: 'openai', api_key: KEY };

const issue = (loc: unknown, type: string | RegExp = /./): object => ({
  detail: [{ type: expect.stringMatching(type) as unknown, loc, msg: expect.any(String) as unknown }],
});

const CALLS: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ['GET', '/llm-providers'],
  ['POST', '/llm-credentials', OPENAI],
  ['GET', '/llm-credentials'],
  ['GET', `/llm-credentials/${UNKNOWN}`],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, {}],
  ['PUT', `/llm-credentials/${UNKNOWN}/default`],
  ['DELETE', `/llm-credentials/${UNKNOWN}`],
  ['POST', '/llm-credentials/validate', OPENAI],
  ['GET', '/nothing'],
];

test('a caller that is no active user gets one and the same 401 on every route', async () => {
  const { bed, call, callers } = await credentialsBed();
  const admin = async (
    method: string,
    path: string,
    body: object,
  ): Promise<Record<string, { id: string; value: string }>> =>
    read(await send(`${bed.url}/api/governance${path}`, { method, body })).json as never;
  const { user } = await admin('POST', '/users', { name: 'off' });
  const keyOf = async (fields: object): Promise<string> =>
    (await admin('POST', '/virtual-keys', { name: `key ${JSON.stringify(fields)}`, ...fields }))['virtual_key']!.value;
  const off = await keyOf({ user_id: user!.id });
  const inactive = await keyOf({ user_id: user!.id, is_active: false });
  const expired = await keyOf({ user_id: user!.id, expires_at: '2020-01-01T00:00:00Z' });
  await admin('PUT', `/users/${user!.id}`, { is_active: false });
  const refused = [undefined, 'sk-lp-unknown', 'nonsense', callers.machine, off, inactive, expired];
  for (const [method, path, body] of CALLS) {
    for (const key of refused) {
      const { status, json, headers } = await call(key, method, path, body, { 'x-request-id': 'mine-1' });
      expect([status, json], `${method} ${path} ${key}`).toEqual([401, { detail: 'Not authenticated' }]);
      expect([headers['x-request-id'], headers['cache-control']]).toEqual(['mine-1', 'no-store']);
      expect(headers['x-ratelimit-limit']).toBeUndefined();
    }
  }
  // A header that comes twice is malformed.
  const twice = await fetch(`${bed.url}${BASE}/llm-credentials`, {
    headers: [
      ['x-bf-vk', callers.ada],
      ['x-bf-vk', callers.ada],
    ],
  });
  expect([twice.status, await twice.json()]).toEqual([401, { detail: 'Not authenticated' }]);
});

test.each([
  (key: string) => ({ authorization: `Bearer ${key}` }),
  (key: string) => ({ 'x-bf-vk': key }),
  (key: string) => ({ 'x-llmproxy-key': key }),
  (key: string) => ({ 'x-api-key': key }),
  (key: string) => ({ 'api-key': key }),
  (key: string) => ({ 'x-goog-api-key': key }),
])('the key counts in every header that keys stand in', async (headers) => {
  const { call, callers } = await credentialsBed();
  const { status, json } = await call(undefined, 'GET', '/llm-credentials', undefined, headers(callers.ada));
  expect([status, json]).toEqual([200, []]);
});

test('without virtual keys none of it is there', async () => {
  await using bed = await startBed({ config: { auth: { admin_token: 'the-admin-token' } } });
  for (const [method, path, body] of CALLS) {
    const { status, json, headers } = read(await send(`${bed.url}${BASE}${path}`, { method, body }));
    expect([status, json, headers['cache-control']]).toEqual([404, { detail: 'Not Found' }, 'no-store']);
  }
});

test('an admin token is no user', async () => {
  const token = 'the-admin-token-of-this-proxy';
  const { call } = await credentialsBed({ config: { auth: { admin: 'open', admin_token: token } } });
  const asAdmin = await call(token, 'GET', '/llm-credentials');
  expect([asAdmin.status, asAdmin.json]).toEqual([401, { detail: 'Not authenticated' }]);
});

test('every answer has a request id, is not to be stored, and says what is left of the limit', async () => {
  const { call, callers } = await credentialsBed();
  for (const [method, path, body] of CALLS) {
    const own = await call(callers.ada, method, path, body, { 'x-request-id': 'mine-2' });
    expect(own.headers, `${method} ${path}`).toMatchObject({
      'x-request-id': 'mine-2',
      'cache-control': 'no-store',
      'x-ratelimit-limit': '200',
      'x-ratelimit-remaining': expect.stringMatching(/^\d+$/) as unknown,
      'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/) as unknown,
    });
    expect((await call(callers.bob, method, path, body)).headers['x-request-id']).toMatch(/^req_/);
  }
});

test.each<[unknown, unknown]>([
  [{ api_key: KEY }, issue(['body', 'provider'], 'missing')],
  [{ provider: 'openai' }, issue(['body', 'api_key'], 'missing')],
  [{ ...OPENAI, provider: 'cohere' }, issue(['body', 'provider'])],
  [{ ...OPENAI, provider: 'gemini' }, issue(['body', 'provider'])],
  [{ ...OPENAI, provider: 5 }, issue(['body', 'provider'])],
  [{ ...OPENAI, provider: '' }, issue(['body', 'provider'])],
  [{ ...OPENAI, api_key: '' }, issue(['body', 'api_key'], 'too_short')],
  [{ ...OPENAI, api_key: ' \n ' }, issue(['body', 'api_key'], 'too_short')],
  [{ ...OPENAI, api_key: 'k'.repeat(501) }, issue(['body', 'api_key'], 'too_long')],
  [{ ...OPENAI, api_key: 'canary key' }, issue(['body', 'api_key'], 'pattern')],
  [{ ...OPENAI, api_key: 'canary\u0007' }, issue(['body', 'api_key'], 'pattern')],
  [{ ...OPENAI, api_key: 'canary\u00e9' }, issue(['body', 'api_key'], 'pattern')],
  [{ ...OPENAI, api_key: ['canary'] }, issue(['body', 'api_key'], 'string_type')],
  [{ ...OPENAI, api_key: null }, issue(['body', 'api_key'], 'string_type')],
  [{ ...OPENAI, model_name: 'm'.repeat(101) }, issue(['body', 'model_name'], 'too_long')],
  [{ ...OPENAI, model_name: 'a\u0000b' }, issue(['body', 'model_name'])],
  [{ ...OPENAI, model_name: 5 }, issue(['body', 'model_name'], 'string_type')],
  [{ ...OPENAI, is_default: 'yes' }, issue(['body', 'is_default'], 'bool_type')],
  [[OPENAI], issue(['body'])],
  ['{"provider":"openai","api_key":"canary', issue(['body'], 'json_invalid')],
  ['"canary"', issue(['body'])],
])('POST %j is 422 and stores nothing', async (body, answer) => {
  const { call, callers, list } = await credentialsBed();
  const { status, json, text } = await call(callers.ada, 'POST', '/llm-credentials', body);
  expect([status, json]).toEqual([422, answer]);
  expect(text).not.toMatch(/canary|kkkk/);
  expect(await list(callers.ada, '?include_inactive=true')).toEqual([]);
});

test('every issue of a body is named at once', async () => {
  const { call, callers } = await credentialsBed();
  const { json } = await call(callers.ada, 'POST', '/llm-credentials', { provider: 'x', api_key: 'a b' });
  expect(json).toMatchObject({ detail: [{ loc: ['body', 'provider'] }, { loc: ['body', 'api_key'] }] });
});

test.each<[string, string, unknown, unknown]>([
  ['GET', '/llm-credentials?include_inactive=maybe', undefined, issue(['query', 'include_inactive'])],
  ['GET', '/llm-credentials/x', undefined, issue(['path', 'id'])],
  ['GET', '/llm-credentials/validate', undefined, issue(['path', 'id'])],
  ['PATCH', '/llm-credentials/5', {}, issue(['path', 'id'])],
  ['PUT', '/llm-credentials/5/default', undefined, issue(['path', 'id'])],
  ['DELETE', '/llm-credentials/5', undefined, issue(['path', 'id'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { provider: 'openai' }, issue(['body', 'provider'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { provider: null }, issue(['body', 'provider'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { api_key: 'a b' }, issue(['body', 'api_key'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { api_key: null }, issue(['body', 'api_key'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { is_active: null }, issue(['body', 'is_active'])],
  ['PATCH', `/llm-credentials/${UNKNOWN}`, { is_default: 1 }, issue(['body', 'is_default'])],
  ['POST', '/llm-credentials/validate', {}, { detail: [{ type: 'missing' }, { type: 'missing' }] }],
  ['POST', '/llm-credentials/validate', { credential_id: 'x' }, issue(['body', 'credential_id'])],
  ['POST', '/llm-credentials/validate', { ...OPENAI, provider: 'x' }, issue(['body', 'provider'])],
  ['POST', '/llm-credentials/validate', { credential_id: UNKNOWN, api_key: KEY }, issue(['body', 'api_key'])],
])('%s %s with %j is 422', async (method, path, body, answer) => {
  const { call, callers } = await credentialsBed();
  const { status, json } = await call(callers.ada, method, path, body);
  expect(status).toBe(422);
  expect(json).toMatchObject(answer as object);
});

test('a body of 5 MiB is 413, an unknown route 404', async () => {
  const { call, callers } = await credentialsBed();
  const large = await call(callers.ada, 'POST', '/llm-credentials', { ...OPENAI, x: 'x'.repeat(5 * 1024 * 1024) });
  expect([large.status, large.json]).toEqual([413, { detail: 'The body exceeds 4 MiB.' }]);
  const none = await call(callers.ada, 'GET', '/nothing');
  expect([none.status, none.json]).toEqual([404, { detail: 'Not Found' }]);
});
