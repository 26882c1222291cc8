import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { unavailable } from '../../governance/fault.ts';
import { ledgerRow, NOON } from '../../usage/ledger-rows.fixture.ts';
import { gatewayBed, KEY, SETTINGS } from './gateway.fixture.ts';

const UNKNOWN = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const OPENAI = { name: 'openai', display_name: 'OpenAI', api_key: 'sk-stored' };
const GUARDED = [
  ['get', '/providers'],
  ['post', '/providers'],
  ['get', `/providers/${UNKNOWN}`],
  ['patch', `/providers/${UNKNOWN}`],
  ['delete', `/providers/${UNKNOWN}`],
  ['post', `/providers/${UNKNOWN}/test`],
  ['get', '/overrides'],
  ['post', '/overrides'],
  ['delete', `/overrides/${UNKNOWN}`],
  ['get', '/usage/summary'],
  ['get', '/usage/by-provider'],
  ['get', '/usage/by-service'],
  ['get', '/usage/by-customer'],
] as const;

describe('the service key', () => {
  test.each(GUARDED)('%s %s: missing is 422, wrong is 401 whatever the body is', async (method, path) => {
    const { application } = await gatewayBed();
    const missing = await request(application)[method](`/api/v1${path}`);
    expect([missing.status, missing.body]).toEqual([
      422,
      { detail: [{ type: 'missing', loc: ['header', 'x-service-key'], msg: 'Field required' }] },
    ]);
    for (const given of ['', 'wrong', `${KEY}x`, KEY.toUpperCase()]) {
      const wrong = await request(application)[method](`/api/v1${path}`).set('x-service-key', given).send('{');
      expect([wrong.status, wrong.body]).toEqual([401, { detail: 'Invalid service key' }]);
    }
  });

  test.each(GUARDED)('%s %s is not there without a configured key', async (method, path) => {
    const { serviceKey: _, ...settings } = SETTINGS;
    const { call } = await gatewayBed({ settings: () => settings });
    const { status, body } = await call(method, path);
    expect([status, body]).toEqual([404, { detail: 'Not Found' }]);
    expect((await call('get', '/health')).status).toBe(200);
  });

  test('health is there where the configuration has the section', async () => {
    const { call } = await gatewayBed({ settings: () => undefined });
    for (const path of ['/health', '/health/providers', '/usage/summary']) {
      expect((await call('get', path)).body).toEqual({ detail: 'Not Found' });
    }
  });
});

describe('health', () => {
  test('is always 200 and needs no key', async () => {
    const { application } = await gatewayBed();
    const { status, body } = await request(application).get('/api/v1/health');
    expect([status, body]).toEqual([200, { status: 'healthy', service: 'llm-gateway', database: 'connected' }]);
  });

  test.each([
    ['trouble', () => Promise.resolve('The database cannot be reached.')],
    ['a failure', () => Promise.reject(new Error('away'))],
  ])('says degraded with %s of the database', async (_what, databaseTrouble) => {
    const { call } = await gatewayBed({ databaseTrouble });
    const { status, body } = await call('get', '/health');
    expect([status, body]).toEqual([200, { status: 'degraded', service: 'llm-gateway', database: 'disconnected' }]);
  });

  test('lists providers with the number of their models', async () => {
    const { application, call } = await gatewayBed();
    await call('post', '/providers', { ...OPENAI, models: ['a', 'b'], is_enabled: false });
    const { body } = await request(application).get('/api/v1/health/providers');
    expect(body).toEqual({
      providers: [{ name: 'openai', display_name: 'OpenAI', is_enabled: false, models_count: 2 }],
    });
  });
});

describe('providers', () => {
  test('have the defaults of the API, and no key', async () => {
    const { call } = await gatewayBed();
    const made = await call('post', '/providers', OPENAI);
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String) as unknown,
        name: 'openai',
        display_name: 'OpenAI',
        base_url: null,
        models: [],
        is_enabled: true,
        rate_limit_rpm: 60,
        rate_limit_tpm: 100_000,
        priority: 10,
        extra_config: {},
        created_at: expect.any(String) as unknown,
        updated_at: expect.any(String) as unknown,
      },
    ]);
    const again = await call('post', '/providers', OPENAI);
    expect([again.status, again.body]).toEqual([409, { detail: "Provider 'openai' already exists" }]);
  });

  test.each([
    [{ name: 'cohere' }, 'enum', 'name'],
    [{ name: undefined }, 'missing', 'name'],
    [{ display_name: '' }, 'string_too_short', 'display_name'],
    [{ display_name: 'a\0' }, 'string_pattern_mismatch', 'display_name'],
    [{ api_key: '  ' }, 'string_too_short', 'api_key'],
    [{ base_url: 'ftp://x' }, 'url_parsing', 'base_url'],
    [{ base_url: 'http://127.0.0.1/v1/messages' }, 'url_parsing', 'base_url'],
    [{ models: 'gpt' }, 'list_type', 'models'],
    [{ rate_limit_rpm: 2 ** 31 }, 'less_than_equal', 'rate_limit_rpm'],
    [{ priority: 1.5 }, 'int_type', 'priority'],
    [{ extra_config: [] }, 'dict_type', 'extra_config'],
  ])('%j is 422', async (given, type, member) => {
    const { call } = await gatewayBed();
    const { status, body } = await call('post', '/providers', { ...OPENAI, ...given });
    expect([status, body]).toEqual([
      422,
      { detail: [{ type, loc: ['body', member], msg: expect.any(String) as unknown }] },
    ]);
  });

  test('a change takes any members but the name, and null changes nothing', async () => {
    const { call } = await gatewayBed();
    const { id } = (await call('post', '/providers', { ...OPENAI, priority: 3 })).body as { id: string };
    const nothing = { name: 'claude', display_name: null, api_key: null, base_url: null, models: null, priority: null };
    const same = await call('patch', `/providers/${id}`, nothing);
    expect([same.status, same.body]).toMatchObject([200, { name: 'openai', display_name: 'OpenAI', priority: 3 }]);
    const changed = await call('patch', `/providers/${id}`, { is_enabled: false, rate_limit_rpm: 0, priority: -1 });
    expect(changed.body).toMatchObject({ is_enabled: false, rate_limit_rpm: 0, priority: -1, display_name: 'OpenAI' });
  });

  test.each([
    ['127.0.0.1', 'https://elsewhere.example/v1', {}, 422],
    ['127.0.0.1', 'https://elsewhere.example/v1', { api_key: 'sk-new' }, 200],
    ['127.0.0.1', 'http://127.0.0.1:9', {}, 200],
    ['0.0.0.0', 'http://127.0.0.1:9', {}, 422],
    ['0.0.0.0', 'https://api.openai.com/v1/chat/completions', {}, 200],
    ['0.0.0.0', 'https://elsewhere.example/v1/messages', { api_key: 'sk-new' }, 422],
  ])('on %s, base_url %s with %j is %i', async (host, base_url, more, expected) => {
    const { call } = await gatewayBed({ host });
    const { id } = (await call('post', '/providers', OPENAI)).body as { id: string };
    expect((await call('patch', `/providers/${id}`, { base_url, ...more })).status).toBe(expected);
  });

  test('what is not there is 404, what is no id 422', async () => {
    const { call } = await gatewayBed();
    for (const [method, path] of GUARDED.filter(([, one]) => one.includes(UNKNOWN))) {
      const known = await call(method, path, method === 'patch' ? {} : undefined);
      expect([known.status, known.body]).toEqual([404, { detail: expect.stringMatching(/ not found$/) as unknown }]);
      const { status, body } = await call(method, path.replace(UNKNOWN, 'x'), method === 'patch' ? {} : undefined);
      const member = path.startsWith('/providers') ? 'provider_id' : 'override_id';
      expect([status, body]).toMatchObject([422, { detail: [{ type: 'uuid_parsing', loc: ['path', member] }] }]);
    }
  });

  test('while the database is away they are 503', async () => {
    const away = (): never => {
      throw unavailable();
    };
    const { call } = await gatewayBed({ providers: away, overrides: away, reports: away });
    for (const path of ['/providers', '/overrides', '/usage/summary']) {
      const { status, body, headers } = await call('get', path);
      expect([status, headers['retry-after'], body]).toEqual([503, '1', { detail: expect.any(String) as unknown }]);
    }
  });
});

test('overrides are made, listed by user and deleted', async () => {
  const { call } = await gatewayBed();
  const body = { user_id: 'u 1', provider_name: 'deepseek', model_name: 'deepseek-chat' };
  const made = await call('post', '/overrides', body);
  expect([made.status, made.body]).toMatchObject([201, { ...body, service_name: null }]);
  expect((await call('get', '/overrides?user_id=u+1')).body).toEqual([made.body]);
  expect((await call('get', '/overrides?user_id=other')).body).toEqual([]);
  expect((await call('post', '/overrides', { ...body, provider_name: 'cohere' })).status).toBe(422);
  const { id } = made.body as { id: string };
  const gone = await call('delete', `/overrides/${id}`);
  expect([gone.status, gone.text]).toEqual([204, '']);
  expect((await call('delete', `/overrides/${id}`)).status).toBe(404);
});

describe('usage', () => {
  test('is rounded as the API says, and has its members alone', async () => {
    const { ledger, call } = await gatewayBed();
    const row = { service: 'chat', userLabel: 'u1', at: NOON };
    await ledger.insert([
      ledgerRow({ ...row, cost: 123_450_000n, latencyMs: 10 }),
      ledgerRow({ ...row, cost: 0n, savedByCache: 50_000n, cached: true, latencyMs: 1 }),
      ledgerRow({ ...row, cost: null, status: 502, latencyMs: 2, provider: 'anthropic' }),
      ledgerRow({ ...row, at: NOON - 8 * 86_400_000 }),
    ]);
    const answers = ['summary', 'by-provider', 'by-service', 'by-customer'].map((path) =>
      call('get', `/usage/${path}?days=7`).then(({ body }) => body as unknown),
    );
    expect(await Promise.all(answers)).toEqual([
      {
        period_days: 7,
        total_requests: 3,
        total_cost_usd: 0.1235,
        total_spent_usd: 0.1235,
        total_saved_usd: 0.0001,
        total_tokens: 45,
        cached_requests: 1,
        error_requests: 1,
        cache_hit_rate: 33.3,
      },
      [
        { provider_name: 'openai', request_count: 2, total_cost_usd: 0.1235, avg_latency_ms: 6, total_tokens: 30 },
        { provider_name: 'claude', request_count: 1, total_cost_usd: 0, avg_latency_ms: 2, total_tokens: 15 },
      ],
      [{ service_name: 'chat', request_count: 3, total_cost_usd: 0.1235, total_tokens: 45 }],
      [{ user_id: 'u1', request_count: 3, total_cost_usd: 0.1235 }],
    ]);
  });

  test.each([
    ['summary?days=0', 422],
    ['summary?days=366', 422],
    ['summary?days=x', 422],
    ['summary?days=1&days=2', 422],
    ['by-provider?days=0', 422],
    ['by-service?days=366', 422],
    ['by-customer?limit=0', 422],
    ['by-customer?limit=501', 422],
    ['by-customer?days=365&limit=500', 200],
    ['summary?days=1', 200],
    ['nothing', 404],
  ])('%s is %i', async (path, expected) => {
    const { call } = await gatewayBed();
    expect((await call('get', `/usage/${path}`)).status).toBe(expected);
  });

  test('of nothing is nothing', async () => {
    const { call } = await gatewayBed();
    expect((await call('get', '/usage/summary')).body).toMatchObject({ period_days: 30, cache_hit_rate: 0 });
    expect((await call('get', '/usage/by-customer')).body).toEqual([]);
  });

  test('a user may see no more rows than asked for', async () => {
    const { ledger, call } = await gatewayBed();
    await ledger.insert(['a', 'b', 'c'].map((userLabel) => ledgerRow({ service: 's', userLabel })));
    expect((await call('get', '/usage/by-customer?limit=2')).body).toHaveLength(2);
  });
});

test('no stored key is in an answer, whatever is wrong beside it', async () => {
  const { call, raw } = await gatewayBed();
  const given = { ...OPENAI, api_key: 'canary-key' };
  const { id } = (await call('post', '/providers', given)).body as { id: string };
  const answers = await Promise.all([
    call('get', '/providers'),
    call('get', `/providers/${id}`),
    call('post', '/providers', given),
    call('post', '/providers', { ...given, name: 'canary-key', models: 'canary-key', base_url: 'canary-key' }),
    call('patch', `/providers/${id}`, { api_key: 'canary-key', priority: 'canary-key' }),
    call('patch', `/providers/${id}`, { api_key: 'canary key' }),
    call('post', `/providers/${id}/test`),
    call('get', '/health/providers'),
    raw('post', '/providers', '{"api_key": "canary-key"'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 409, 422, 422, 422, 200, 200, 422]);
  expect(answers.map(({ text }) => text).join('\n')).not.toContain('canary');
});
