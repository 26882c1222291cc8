import { expect, test } from 'vitest';
import { bodyPointer, closed, Judge, type Document } from '../setup/openapi-judge.ts';
import { BASE, credentialsBed, type CredentialsBed, type Shown } from './credentials-bed.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UNKNOWN = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const KEY = 'sk-proj-abcdefghijkl1234';
const OPENAI = { provider: 'openai', api_key: KEY };
const NOT_FOUND = { detail: 'Credential not found' };

test('the public view has ten members and nothing else', async () => {
  const { call, callers, list } = await credentialsBed();
  const body = {
    ...OPENAI,
    provider: 'OpenAI',
    api_key: `  ${KEY}\n`,
    model_name: 'gpt-4o',
    is_default: true,
    extra: 1,
  };
  const made = await call(callers.ada, 'POST', '/llm-credentials', body);
  expect(made.status).toBe(200);
  const shown = made.json as Shown;
  expect(shown).toEqual({
    id: expect.stringMatching(UUID) as unknown,
    user_id: expect.stringMatching(UUID) as unknown,
    provider: 'openai',
    model_name: 'gpt-4o',
    api_key_masked: '****1234',
    is_default: true,
    is_active: true,
    last_validated_at: null,
    created_at: expect.stringMatching(TIME) as unknown,
    updated_at: expect.stringMatching(TIME) as unknown,
  });
  expect(await list(callers.ada)).toEqual([shown]);
  // Two keys of one user show the same.
  expect((await call(callers.adaToo, 'GET', `/llm-credentials/${shown.id}`)).json).toEqual(shown);
  expect(await list(callers.bob)).toEqual([]);
});

test.each([
  ['12345678901', '****'],
  ['123456789012', '****9012'],
  ['x', '****'],
  ['k'.repeat(500), '****kkkk'],
])('the key %s is shown as %s', async (api_key, masked) => {
  const { store, callers } = await credentialsBed();
  expect((await store(callers.ada, { provider: 'google', api_key })).api_key_masked).toBe(masked);
});

/** Everything about an answer but what differs from request to request. */
async function answerTo(bed: CredentialsBed, key: string, method: string, id: string): Promise<object> {
  const path = `/llm-credentials/${id}${method === 'PUT' ? '/default' : ''}`;
  const { status, json, headers } = await bed.call(key, method, path, method === 'PATCH' ? {} : undefined);
  const { date, 'x-request-id': requestId, 'x-ratelimit-remaining': left, 'x-ratelimit-reset': at, ...kept } = headers;
  expect([date, requestId, left, at].every((value) => value !== undefined)).toBe(true);
  return { status, json, headers: kept };
}

test.each(['GET', 'PATCH', 'PUT', 'DELETE'])('%s: a foreign id answers exactly as an unknown one', async (method) => {
  const bed = await credentialsBed();
  const { id } = await bed.store(bed.callers.ada, OPENAI);
  const foreign = await answerTo(bed, bed.callers.bob, method, id);
  expect(foreign).toEqual(await answerTo(bed, bed.callers.bob, method, UNKNOWN));
  expect(foreign).toMatchObject({ status: 404, json: NOT_FOUND });
  expect(await bed.list(bed.callers.ada)).toMatchObject([{ id, is_default: false }]);
  const validate = await bed.call(bed.callers.bob, 'POST', '/llm-credentials/validate', { credential_id: id });
  expect([validate.status, validate.json]).toEqual([404, NOT_FOUND]);
  expect(await bed.bed.requests()).toEqual([]);
});

test('PATCH changes what it names and nothing else', async () => {
  const { call, callers, store } = await credentialsBed();
  const made = await store(callers.ada, { ...OPENAI, model_name: 'gpt-4o' });
  const patch = async (body: object): Promise<Shown> => {
    const { status, json, text } = await call(callers.ada, 'PATCH', `/llm-credentials/${made.id}`, body);
    expect(status, text).toBe(200);
    return json as Shown;
  };
  const rekeyed = await patch({ api_key: ' another-key-9876 ' });
  expect(rekeyed).toEqual({ ...made, api_key_masked: '****9876', updated_at: rekeyed.updated_at });
  expect(rekeyed.updated_at >= made.updated_at).toBe(true);
  expect(await patch({ model_name: null })).toMatchObject({ model_name: null, created_at: made.created_at });
  expect(await patch({ model_name: 'gpt-4o-mini', is_default: true })).toMatchObject({
    model_name: 'gpt-4o-mini',
    is_default: true,
  });
  expect(await patch({ is_default: false })).toMatchObject({ is_default: false, is_active: true });
});

test('an inactive credential is 404 to be read, 400 to be changed, and comes back', async () => {
  const { call, callers, store, list } = await credentialsBed();
  const { id } = await store(callers.ada, { ...OPENAI, is_default: true });
  const path = `/llm-credentials/${id}`;
  const off = await call(callers.ada, 'PATCH', path, { is_active: false });
  expect([off.status, off.json]).toMatchObject([200, { is_active: false, is_default: false }]);
  expect((await call(callers.ada, 'GET', path)).json).toEqual(NOT_FOUND);
  expect(await list(callers.ada)).toEqual([]);
  expect(await list(callers.ada, '?include_inactive=true')).toMatchObject([{ id, is_active: false }]);
  const changed = await call(callers.ada, 'PATCH', path, { model_name: 'x' });
  const preferred = await call(callers.ada, 'PUT', `${path}/default`);
  expect([changed.status, preferred.status]).toEqual([400, 400]);
  expect(changed.json).toEqual({ detail: expect.any(String) as unknown });
  // Its slot is free, and taken again it stands in the way.
  const other = await store(callers.ada, { provider: 'openai', api_key: 'another-key-5555' });
  const back = await call(callers.ada, 'PATCH', path, { is_active: true });
  expect([back.status, back.text]).toEqual([400, expect.stringContaining('already exist')]);
  await call(callers.ada, 'DELETE', `/llm-credentials/${other.id}`);
  expect((await call(callers.ada, 'PATCH', path, { is_active: true })).status).toBe(200);
  expect(await list(callers.ada)).toMatchObject([{ id, is_active: true, is_default: false }]);
});

test('DELETE answers once, and frees the slot', async () => {
  const { call, callers, store, list } = await credentialsBed();
  const { id } = await store(callers.ada, { ...OPENAI, is_default: true });
  const gone = await call(callers.ada, 'DELETE', `/llm-credentials/${id}`);
  expect([gone.status, gone.json]).toEqual([200, { message: 'Credential deleted' }]);
  for (const method of ['DELETE', 'GET']) {
    expect((await call(callers.ada, method, `/llm-credentials/${id}`)).json).toEqual(NOT_FOUND);
  }
  expect(await list(callers.ada, '?include_inactive=true')).toEqual([]);
  expect(await store(callers.ada, OPENAI)).toMatchObject({ is_default: false });
});

test('lists have the oldest first', async () => {
  const { callers, store, list } = await credentialsBed();
  for (const provider of ['anthropic', 'openai', 'google']) await store(callers.ada, { provider, api_key: KEY });
  expect((await list(callers.ada)).map(({ provider }) => provider)).toEqual(['anthropic', 'openai', 'google']);
});

test('of ten equal POSTs at once one is taken', async () => {
  const { call, callers, list } = await credentialsBed();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call(callers.ada, 'POST', '/llm-credentials', OPENAI)),
  );
  const refused = answers.filter(({ status }) => status === 400);
  expect([refused.length, answers.filter(({ status }) => status === 200).length]).toEqual([9, 1]);
  for (const { json } of refused) expect(json).toEqual({ detail: expect.stringContaining('already exist') as unknown });
  expect(await list(callers.ada)).toHaveLength(1);
});

test('ten PUTs at once leave one default', async () => {
  const config = { credentials: { unique: 'provider_model' } };
  const { call, callers, store, list } = await credentialsBed({ config });
  const made: Shown[] = [];
  for (let count = 0; count < 10; count += 1)
    made.push(await store(callers.ada, { ...OPENAI, model_name: `m${count}` }));
  const twice = await call(callers.ada, 'POST', '/llm-credentials', { ...OPENAI, model_name: 'm3' });
  expect([twice.status, twice.text]).toEqual([400, expect.stringContaining('already exist')]);
  const answers = await Promise.all(made.map(({ id }) => call(callers.ada, 'PUT', `/llm-credentials/${id}/default`)));
  expect(answers.map(({ status }) => status)).toEqual(made.map(() => 200));
  for (const { json } of answers) expect(json).toMatchObject({ is_default: true });
  expect((await list(callers.ada)).filter(({ is_default }) => is_default)).toHaveLength(1);
});

test('beyond the limit of a user requests are 429, and those of others are not', async () => {
  const config = { credentials: { rate_limit: { per_minute: 1000, per_hour: 3 } } };
  const { call, callers } = await credentialsBed({ config });
  const left: unknown[] = [];
  for (let count = 0; count < 3; count += 1) {
    const { status, headers } = await call(count === 1 ? callers.adaToo : callers.ada, 'GET', '/llm-credentials');
    expect([status, headers['x-ratelimit-limit']]).toEqual([200, '3']);
    left.push(headers['x-ratelimit-remaining']);
  }
  expect(left).toEqual(['2', '1', '0']);
  const { status, json, headers } = await call(callers.ada, 'POST', '/llm-credentials', OPENAI);
  expect([status, json]).toEqual([429, { detail: expect.stringMatching(/^Too many requests/) as unknown }]);
  expect(headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0' });
  const wait = Number(headers['retry-after']);
  expect(Number.isInteger(wait) && wait >= 1 && wait <= 3_600).toBe(true);
  expect((await call(callers.bob, 'GET', '/llm-credentials')).json).toEqual([]);
});

test('the providers are the known ones and those of the configuration, with their models', async () => {
  const { call, callers, store } = await credentialsBed({
    config: {
      providers: { Mistral: { default_model: 'mistral-small-latest' }, house: { base_url: 'http://127.0.0.1:9/v1' } },
      catalog: {
        'gpt-of-the-house': { provider: 'openai' },
        'house-*': { provider: 'house' },
        large: { provider: 'house' },
      },
    },
  });
  const { status, json } = await call(callers.ada, 'GET', '/llm-providers');
  const listed = json as { provider: string; display_name: string; default_model: string | null; models: string[] }[];
  expect(status).toBe(200);
  expect(listed.map(({ provider, display_name, default_model }) => [provider, display_name, default_model])).toEqual([
    ['openai', 'OpenAI', 'gpt-4o-mini'],
    ['google', 'Google', 'gemini-2.5-flash'],
    ['anthropic', 'Anthropic', 'claude-haiku-4-5'],
    ['mistral', 'Mistral', 'mistral-small-latest'],
    ['house', 'house', null],
  ]);
  const [openai, google, anthropic, , house] = listed.map(({ models }) => models);
  expect(openai).toEqual(expect.arrayContaining(['gpt-4o-mini', 'gpt-of-the-house', 'gpt-4o']));
  expect(google).toContain('gemini-2.5-flash');
  expect(anthropic).toContain('claude-haiku-4-5');
  expect(house).toEqual(['large']);
  for (const { models } of listed) expect(models.length).toBeLessThanOrEqual(200);
  expect(await store(callers.ada, { provider: 'MISTRAL', api_key: KEY })).toMatchObject({ provider: 'mistral' });
});

test('answers are as /openapi.json says, and have nothing beside', async () => {
  const { bed, call, callers, store } = await credentialsBed({
    config: { providers: { openai: { base_url: 'http://127.0.0.1:1' } } },
  });
  const document = (await (await fetch(`${bed.url}/openapi.json`)).json()) as Document;
  const judge = new Judge(closed(document), []);
  const { id } = await store(callers.ada, OPENAI);
  const calls: readonly (readonly [method: string, path: string, body?: unknown])[] = [
    ['GET', '/llm-providers'],
    ['GET', '/llm-credentials'],
    ['GET', '/llm-credentials?include_inactive=5'],
    ['POST', '/llm-credentials', { provider: 'google', api_key: KEY }],
    ['POST', '/llm-credentials', OPENAI],
    ['POST', '/llm-credentials', {}],
    ['GET', `/llm-credentials/${id}`],
    ['GET', `/llm-credentials/${UNKNOWN}`],
    ['PATCH', `/llm-credentials/${id}`, { is_active: true }],
    ['PATCH', `/llm-credentials/${id}`, { provider: 'openai' }],
    ['PUT', `/llm-credentials/${id}/default`],
    ['POST', '/llm-credentials/validate', OPENAI],
    ['POST', '/llm-credentials/validate', { credential_id: id }],
    ['POST', '/llm-credentials/validate', { credential_id: UNKNOWN }],
    ['DELETE', `/llm-credentials/${id}`],
  ];
  const statuses: number[] = [];
  for (const [method, path, body] of calls) {
    const { status, json } = await call(callers.ada, method, path, body);
    const route = `${BASE}${path.replace(/\?.*/, '').replace(/[\da-f-]{36}/, '{id}')}`;
    const fault = judge.fault(bodyPointer(route, method.toLowerCase(), status), json);
    expect(fault, `${method} ${path} ${status} ${JSON.stringify(json)}`).toBeUndefined();
    statuses.push(status);
  }
  expect(statuses).toEqual([200, 200, 422, 200, 400, 422, 200, 404, 200, 422, 200, 200, 200, 404, 200]);
  const refused = await call(undefined, 'GET', '/llm-credentials');
  expect(judge.fault(bodyPointer(`${BASE}/llm-credentials`, 'get', 401), refused.json)).toBeUndefined();
});
