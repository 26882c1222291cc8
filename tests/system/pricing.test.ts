import { expect, test } from 'vitest';

import { autoBed, SEVEN_CATALOG, SEVEN_MODELS } from './auto-bed.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey } from './auto-calls.ts';

const MINI = {
  model: 'gpt-4o-mini',
  provider: 'openai',
  input: 0.15,
  output: 0.6,
  cached_input: null,
  source: 'catalog',
  stale: false,
  context_window: 128_000,
  quality: 85,
  tools: true,
  structured: true,
  vision: true,
};

test('prices of the configured models are listed with what the catalogue says of them', async () => {
  const before = Date.now();
  const { url } = await autoBed();
  const { status, body } = await callApi(url, 'GET /pricing');
  const { models, updated_at } = body as { models: { model: string }[]; updated_at: string };
  expect([status, models.map(({ model }) => model)]).toEqual([200, SEVEN_MODELS]);
  expect(models[2]).toEqual(MINI);
  expect(updated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Math.abs(Date.parse(updated_at) - before)).toBeLessThan(60_000);
});

test('one model is found by its whole name alone', async () => {
  const { url } = await autoBed();
  expect((await callApi(url, 'GET /pricing/gpt-4o-mini')).body).toEqual(MINI);
  expect((await callApi(url, 'GET /pricing/openai/gpt-4o-mini')).body).toEqual(MINI);
  for (const name of ['gpt-4o-min', 'gpt', 'gpt-4o-mini-2', 'auto', '*', 'unknown', '%2A', 'a/b']) {
    const { status, body } = await callApi(url, `GET /pricing/${name}`);
    expect([name, status, body]).toEqual([name, 404, { detail: 'Model not found' }]);
  }
});

test.each([
  ['gpt-4o-mini', 1_000, 500, '0.00045'],
  ['gpt-4o', 1_000, 500, '0.0075'],
  ['deepseek-chat', 1_000, 500, '0.00028'],
  ['gpt-4o', 0, 0, '0'],
  ['o3', 1, 0, '0.000002'],
  ['o3-mini', 999_999_999, 0, '1099.9999989'],
])('%s with %d and %d tokens costs %s', async (model, input_tokens, output_tokens, cost) => {
  const { url } = await autoBed();
  const { status, text } = await callApi(url, 'POST /pricing/estimate', {
    body: { model, input_tokens, output_tokens },
  });
  expect([status, text]).toEqual([200, `{"model":"${model}","cost_usd":${cost},"price_source":"catalog"}`]);
});

test('cached tokens have their own price, and what has none costs null', async () => {
  const catalog = { ...SEVEN_CATALOG, 'gpt-4o': { price: { input: 2.5, output: 10, cached_input: 1.25 } } };
  const { url, mocks } = await autoBed({ config: { catalog } });
  const estimate = async (body: object) => (await callApi(url, 'POST /pricing/estimate', { body })).body;
  const asked = { model: 'gpt-4o', input_tokens: 1_000, output_tokens: 0 };
  expect(await estimate({ ...asked, cached_tokens: 400 })).toMatchObject({ cost_usd: 0.002 });
  expect(await estimate({ ...asked, cached_tokens: null })).toMatchObject({ cost_usd: 0.0025 });
  expect(await estimate({ ...asked, cached_tokens: 5_000 })).toMatchObject({ cost_usd: 0.00125 });
  expect((await mocks['gpt-4o'].requests()).length).toBe(0);
});

test('a model without a price is listed, and costs null', async () => {
  const { url } = await autoBed({
    config: { catalog: { 'deepseek-v3.2-speciale': { quality: 99 } }, auto: { enabled: false } },
  });
  const { body } = await callApi(url, 'GET /pricing/deepseek-v3.2-speciale');
  expect(body).toMatchObject({
    input: null,
    output: null,
    source: 'none',
    quality: 99,
    context_window: 128_000,
    tools: false,
  });
  const asked = { model: 'deepseek-v3.2-speciale', input_tokens: 0, output_tokens: 0 };
  expect((await callApi(url, 'POST /pricing/estimate', { body: asked })).body).toEqual({
    model: 'deepseek-v3.2-speciale',
    cost_usd: null,
    price_source: 'none',
  });
  expect((await callApi(url, 'GET /pricing/gpt-4o')).body).toMatchObject({ input: 2.5, output: 10, source: 'bundled' });
});

test.each([
  [{ model: 'gpt-4o', output_tokens: 1 }, 'missing', 'input_tokens'],
  [{ model: 'gpt-4o', input_tokens: 1 }, 'missing', 'output_tokens'],
  [{ input_tokens: 1, output_tokens: 1 }, 'missing', 'model'],
  [{ model: '', input_tokens: 1, output_tokens: 1 }, 'string_too_short', 'model'],
  [{ model: 'm'.repeat(257), input_tokens: 1, output_tokens: 1 }, 'string_too_long', 'model'],
  [{ model: 'gpt-4o', input_tokens: -1, output_tokens: 1 }, 'greater_than_equal', 'input_tokens'],
  [{ model: 'gpt-4o', input_tokens: 1.5, output_tokens: 1 }, 'int_type', 'input_tokens'],
  [{ model: 'gpt-4o', input_tokens: 1_000_000_001, output_tokens: 1 }, 'less_than_equal', 'input_tokens'],
  [{ model: 'gpt-4o', input_tokens: '1', output_tokens: 1 }, 'int_type', 'input_tokens'],
  [{ model: 'gpt-4o', input_tokens: 1, output_tokens: -1 }, 'greater_than_equal', 'output_tokens'],
  [{ model: 'gpt-4o', input_tokens: 1, output_tokens: 1, cached_tokens: -1 }, 'greater_than_equal', 'cached_tokens'],
])('an estimate of %j is 422', async (given, type, member) => {
  const { url } = await autoBed();
  const { status, body } = await callApi(url, 'POST /pricing/estimate', { body: given });
  expect([status, body]).toEqual([
    422,
    { detail: [{ type, loc: ['body', member], msg: expect.any(String) as unknown }] },
  ]);
});

test('an estimate of an unknown model is 404, of no JSON 422', async () => {
  const { url } = await autoBed();
  const body = { model: 'gpt-4', input_tokens: 1, output_tokens: 1 };
  expect((await callApi(url, 'POST /pricing/estimate', { body })).status).toBe(404);
  expect((await callApi(url, 'POST /pricing/estimate', { body: '{' })).body).toEqual({
    detail: [{ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' }],
  });
  expect((await callApi(url, 'POST /pricing/estimate', { body: [] })).status).toBe(422);
});

test('the cheapest are those with the lowest mean of input and output; what is free is left out', async () => {
  const catalog = {
    ...SEVEN_CATALOG,
    'o3-mini': { price: { input: 0, output: 0 } },
    'gpt-4o': { price: { input: 0.1, output: 0.2 } },
  };
  const { url } = await autoBed({ config: { catalog } });
  expect((await callApi(url, 'GET /pricing/cheapest?limit=3')).body).toEqual({
    models: [
      { model: 'gpt-4o', provider: 'openai', average: 0.15 },
      { model: 'deepseek-chat', provider: 'deepseek', average: 0.21 },
      { model: 'gemini-2.0-flash', provider: 'gemini', average: 0.25 },
    ],
  });
  const count = async (query: string): Promise<number> => {
    const { body } = await callApi(url, `GET /pricing/cheapest${query}`);
    return (body as { models: unknown[] }).models.length;
  };
  expect([await count(''), await count('?limit=1'), await count('?limit=100')]).toEqual([5, 1, 6]);
});

test.each(['0', '101', '-1', 'x', '', '1.5', '1&limit=2'])('limit=%s is 422', async (limit) => {
  const { url } = await autoBed();
  const { status, body } = await callApi(url, `GET /pricing/cheapest?limit=${limit}`);
  expect([status, body]).toMatchObject([422, { detail: [{ loc: ['query', 'limit'] }] }]);
});

test('providers are compared by the mean of their models', async () => {
  const { url } = await autoBed();
  expect((await callApi(url, 'GET /pricing/compare')).body).toEqual({
    providers: {
      deepseek: { models: 2, average: 0.7925, min: 0.21, max: 1.375 },
      gemini: { models: 1, average: 0.25, min: 0.25, max: 0.25 },
      openai: { models: 4, average: 3.59375, min: 0.375, max: 6.25 },
    },
  });
});

const ROUTES = [
  'GET /pricing',
  'GET /pricing/gpt-4o',
  'GET /pricing/cheapest',
  'GET /pricing/compare',
  'POST /pricing/estimate',
  'POST /pricing/refresh',
] as const;

test('administrators and holders of a valid key alone see prices', async () => {
  const { url } = await autoBed({ config: GOVERNED });
  const key = await newVirtualKey(url);
  const expired = await newVirtualKey(url, { expires_at: '2020-01-01T00:00:00Z' });
  const refused: Record<string, string>[] = [
    {},
    expired,
    { authorization: 'Bearer sk-lp-unknown' },
    { 'x-api-key': 'x' },
  ];
  for (const route of ROUTES) {
    for (const headers of refused) {
      const { status, body } = await callApi(url, route, {
        headers,
        ...(route.startsWith('POST') ? { body: '{' } : {}),
      });
      expect([route, status, body]).toEqual([route, 401, { detail: 'Not authenticated' }]);
    }
  }
  for (const route of ROUTES.slice(0, 4)) {
    expect([route, (await callApi(url, route, { headers: key })).status]).toEqual([route, 200]);
    expect([route, (await callApi(url, route, { headers: ADMIN })).status]).toEqual([route, 200]);
  }
});

test('a key sees the models that its allow lists permit', async () => {
  const { url } = await autoBed({ config: GOVERNED });
  const names = async (headers: Readonly<Record<string, string>>): Promise<string[]> => {
    const { body } = await callApi(url, 'GET /pricing', { headers });
    return (body as { models: { model: string }[] }).models.map(({ model }) => model);
  };
  const limited = await newVirtualKey(url, { allowed_models: ['gpt-4o*', 'deepseek-chat'] });
  expect(await names(limited)).toEqual(['deepseek-chat', 'gpt-4o-mini', 'gpt-4o']);
  expect(await names(await newVirtualKey(url, { allowed_providers: ['google'] }))).toEqual(['gemini-2.0-flash']);
  const estimate = { model: 'o3', input_tokens: 1, output_tokens: 1 };
  expect([
    (await callApi(url, 'GET /pricing/o3', { headers: limited })).status,
    (await callApi(url, 'GET /pricing/gpt-4o', { headers: limited })).status,
    (await callApi(url, 'POST /pricing/estimate', { headers: limited, body: estimate })).status,
  ]).toEqual([404, 200, 404]);
  expect((await callApi(url, 'GET /pricing/cheapest', { headers: limited })).body).toMatchObject({
    models: [{ model: 'deepseek-chat' }, { model: 'gpt-4o-mini' }, { model: 'gpt-4o' }],
  });
  expect((await callApi(url, 'GET /pricing/compare', { headers: limited })).body).toMatchObject({
    providers: { deepseek: { models: 1 }, openai: { models: 2 } },
  });
});

test('without virtual keys the routes are for administrators alone, and what is not there is 404', async () => {
  const { url } = await autoBed({ config: { auth: { admin_token: 'the-admin-token' } } });
  expect((await callApi(url, 'GET /pricing', { headers: ADMIN })).status).toBe(200);
  const refused: Record<string, string>[] = [{}, { authorization: 'Bearer sk-lp-unknown' }, { 'x-bf-vk': 'anything' }];
  for (const headers of refused) {
    const { status, body } = await callApi(url, 'GET /pricing', { headers });
    expect([status, body]).toEqual([401, { detail: 'Not authenticated' }]);
  }
  expect((await callApi(url, 'POST /pricing/gpt-4o', { headers: ADMIN })).body).toEqual({ detail: 'Not Found' });
  expect((await callApi(url, 'GET /providers', { headers: ADMIN })).status).toBe(404);
});

test('the model `*` has the names that have a price', async () => {
  const { url } = await autoBed({
    config: { prices: { 'my-own': { input: 1, output: 1 } } },
    moreModels: ({ o3 }) => ({ '*': { endpoints: [{ provider: 'openai', base_url: o3.baseURL, api_key: 'sk-x' }] } }),
  });
  expect((await callApi(url, 'GET /pricing/my-own')).body).toMatchObject({ model: 'my-own', input: 1 });
  expect((await callApi(url, 'GET /pricing/gpt-4-turbo')).body).toMatchObject({
    model: 'gpt-4-turbo',
    source: 'bundled',
  });
  expect((await callApi(url, 'GET /pricing/my-ow')).status).toBe(404);
  expect((await callApi(url, 'GET /pricing')).text).not.toContain('"*"');
});
