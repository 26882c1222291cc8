import { expect, onTestFinished, test } from 'vitest';
import { storedBed } from './gateway-stored-bed.ts';
import { startUpstream } from './upstream.ts';

const CLAUDE = { name: 'claude', display_name: 'Claude', api_key: 'sk-stored-claude' };
const OPENAI = { name: 'openai', display_name: 'OpenAI', api_key: 'sk-stored-openai' };
const GEMINI = { name: 'gemini', display_name: 'Gemini', api_key: 'sk-stored-gemini' };
const ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
};

test.each([
  [CLAUDE, 'claude-sonnet-4-5-20250929', '/v1/messages', { 'x-api-key': 'sk-stored-claude' }],
  [OPENAI, 'gpt-4o-mini', '/v1/chat/completions', { authorization: 'Bearer sk-stored-openai' }],
  [
    GEMINI,
    'gemini-2.0-flash',
    '/v1beta/models/gemini-2.0-flash:generateContent',
    { 'x-goog-api-key': 'sk-stored-gemini' },
  ],
])('a stored $name answers in its own form with the key of its row', async (provider, model, path, headers) => {
  const { bed, origin, store, generate } = await storedBed();
  await store('providers', { ...provider, base_url: origin });
  await store('overrides', { user_id: 'u1', provider_name: provider.name, model_name: model });
  const answer = await generate();
  expect([answer.status, answer.json]).toMatchObject([200, { provider: provider.name, model, cached: false }]);
  expect(await bed.requests()).toMatchObject([{ path, headers }]);
});

test('an override of user and service goes before one of the user, and that before the default', async () => {
  const { origin, store, generate, call } = await storedBed();
  for (const provider of [CLAUDE, OPENAI, GEMINI]) await store('providers', { ...provider, base_url: origin });
  const chosen = async (fields: object): Promise<unknown> => {
    const { json } = await generate(fields);
    const { provider, model } = json as Record<string, unknown>;
    return [provider, model];
  };
  const standard = ['claude', 'claude-sonnet-4-5-20250929'];
  expect(await chosen({})).toEqual(standard);
  await store('overrides', { user_id: 'u1', provider_name: 'openai', model_name: 'gpt-4o-mini' });
  const gemini = { provider_name: 'gemini', model_name: 'gemini-2.0-flash' };
  const id = await store('overrides', { user_id: 'u1', service_name: 'chat', ...gemini });
  expect(await chosen({})).toEqual(['gemini', 'gemini-2.0-flash']);
  expect(await chosen({ service: 'mail' })).toEqual(['openai', 'gpt-4o-mini']);
  expect(await chosen({ user_id: 'u2' })).toEqual(standard);
  expect((await call('DELETE', `/overrides/${id}`)).status).toBe(204);
  expect(await chosen({})).toEqual(['openai', 'gpt-4o-mini']);
});

test('a provider that is switched off is 503, and one that was deleted while its override stays', async () => {
  const { bed, origin, store, generate, call } = await storedBed();
  const id = await store('providers', { ...OPENAI, base_url: origin });
  await store('overrides', { user_id: 'u1', provider_name: 'openai', model_name: 'gpt-4o-mini' });
  await call('PATCH', `/providers/${id}`, { is_enabled: false });
  expect([(await generate()).status, (await generate({ user_id: 'u2' })).status]).toEqual([503, 503]);
  await call('PATCH', `/providers/${id}`, { is_enabled: true });
  expect((await generate()).status).toBe(200);
  expect((await call('DELETE', `/providers/${id}`)).status).toBe(204);
  const refused = await generate({ prompt: 'another' });
  expect([refused.status, refused.json]).toMatchObject([503, { detail: expect.stringContaining('openai') }]);
  expect((await call('GET', '/overrides?user_id=u1')).json).toHaveLength(1);
  expect(await bed.requests()).toHaveLength(1);
});

test('the key of a provider stays with the address that it was stored with', async () => {
  const { bed, origin, store, call, generate } = await storedBed();
  const id = await store('providers', { ...CLAUDE, base_url: origin });
  const moved = await call('PATCH', `/providers/${id}`, { base_url: 'https://elsewhere.example', priority: 3 });
  expect([moved.status, moved.json]).toMatchObject([422, { detail: [{ loc: ['body', 'api_key'] }] }]);
  const { json } = await call('GET', `/providers/${id}`);
  expect(json).toMatchObject({ base_url: origin, priority: 10 });
  expect((await generate()).status).toBe(200);
  expect(await bed.requests()).toHaveLength(1);
  const withKey = { base_url: 'https://elsewhere.example', api_key: 'sk-stored-elsewhere' };
  expect((await call('PATCH', `/providers/${id}`, withKey)).json).toMatchObject({ base_url: withKey.base_url });
});

test('the test of a provider tells whether its key is taken, without the text of the provider', async () => {
  const upstream = await startUpstream((response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: 'words of the provider', type: 'invalid_request_error' } }));
  });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const { origin, store, call, bed } = await storedBed();
  const id = await store('providers', { ...OPENAI, base_url: origin });
  const good = await call('POST', `/providers/${id}/test`);
  expect([good.status, good.json]).toEqual([200, { success: true, error: null }]);
  expect(await bed.requests()).toMatchObject([{ headers: { authorization: 'Bearer sk-stored-openai' } }]);
  expect((await call('PATCH', `/providers/${id}`, { base_url: upstream.baseURL })).status).toBe(200);
  const bad = await call('POST', `/providers/${id}/test`);
  expect([bad.status, bad.json]).toEqual([200, { success: false, error: expect.stringMatching(/./) }]);
  expect(bad.text).not.toContain('words of');
  expect(upstream.requests).toHaveLength(1);
});

test('another api_key acts on the next call', async () => {
  const { bed, origin, store, generate, call } = await storedBed();
  const id = await store('providers', { ...CLAUDE, base_url: origin });
  await generate();
  expect((await call('PATCH', `/providers/${id}`, { api_key: 'sk-stored-later' })).status).toBe(200);
  await generate({ prompt: 'another' });
  expect((await bed.requests()).map(({ headers }) => headers['x-api-key'])).toEqual([
    'sk-stored-claude',
    'sk-stored-later',
  ]);
});

test('a key that the provider refused keeps no call from the key that takes its place', async () => {
  const upstream = await startUpstream((response, { headers }) => {
    const known = headers.authorization === 'Bearer sk-stored-good';
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? ANSWER : { error: { message: 'no', code: 'invalid_api_key' } }));
  });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const { store, generate, call } = await storedBed();
  const id = await store('providers', { ...OPENAI, base_url: upstream.baseURL });
  await store('overrides', { user_id: 'u1', provider_name: 'openai', model_name: 'gpt-4o-mini' });
  expect((await generate()).status).toBe(502);
  expect((await call('PATCH', `/providers/${id}`, { api_key: 'sk-stored-good' })).status).toBe(200);
  expect(await generate()).toMatchObject({ status: 200, json: { content: 'Hello', cached: false } });
});

test('beyond rate_limit_rpm a miss is 429 with the name of the provider, and a hit still answers', async () => {
  const { bed, origin, store, generate } = await storedBed();
  await store('providers', { ...CLAUDE, base_url: origin, rate_limit_rpm: 1 });
  expect((await generate()).status).toBe(200);
  const refused = await generate({ prompt: 'another' });
  expect([refused.status, refused.json]).toMatchObject([429, { detail: expect.stringContaining('claude') }]);
  expect(await generate({ user_id: 'u2' })).toMatchObject({ status: 200, json: { cached: true } });
  expect(await bed.requests()).toHaveLength(1);
});

test('the reports show the calls of stored providers exactly', async () => {
  const { origin, store, generate, call } = await storedBed({ config: { prices: { '*': { request: 0.01 } } } });
  await store('providers', { ...CLAUDE, base_url: origin, rate_limit_rpm: 1 });
  await store('providers', { ...OPENAI, base_url: origin });
  await store('overrides', { user_id: 'u2', provider_name: 'openai', model_name: 'gpt-4o-mini' });
  const asked = [
    {},
    { service: 'mail' },
    { user_id: 'u2' },
    { user_id: 'u2', prompt: 'b' },
    { user_id: 'u2', prompt: 'c' },
  ];
  let tokens = 0;
  for (const fields of asked) {
    const { status, json } = await generate(fields);
    expect(status).toBe(200);
    const { input_tokens, output_tokens } = json as Record<string, number>;
    tokens += input_tokens! + output_tokens!;
  }
  expect((await generate({ prompt: 'too many' })).status).toBe(429);
  const report = async (name: string): Promise<unknown> => (await call('GET', `/usage/${name}?days=1`)).json;
  expect(await report('summary')).toMatchObject({
    total_requests: 5,
    total_cost_usd: 0.05,
    total_spent_usd: 0.04,
    total_saved_usd: 0.01,
    total_tokens: tokens,
    cached_requests: 1,
    error_requests: 0,
    cache_hit_rate: 20,
  });
  expect(await report('by-provider')).toMatchObject([
    { provider_name: 'openai', request_count: 3, total_cost_usd: 0.03 },
    { provider_name: 'claude', request_count: 2, total_cost_usd: 0.02 },
  ]);
  expect(await report('by-service')).toMatchObject([
    { service_name: 'chat', request_count: 4, total_cost_usd: 0.04 },
    { service_name: 'mail', request_count: 1, total_cost_usd: 0.01 },
  ]);
  expect(await report('by-customer')).toEqual([
    { user_id: 'u2', request_count: 3, total_cost_usd: 0.03 },
    { user_id: 'u1', request_count: 2, total_cost_usd: 0.02 },
  ]);
});
