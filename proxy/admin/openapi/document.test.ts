import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { Express, Router } from 'express';
import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { adminBench, gpt4o } from '../admin.fixture.ts';
import { createApplication } from '../application.ts';
import { credentialsRouter } from '../credentials/credentials-router.ts';
import { startApi } from '../governance/api.fixture.ts';
import { gatewayBed, KEY } from '../gateway/gateway.fixture.ts';
import { gatewayRouter } from '../gateway/gateway-router.ts';
import { ManualClock } from '../../core/clock.ts';
import { ledgerRow, NOON } from '../../usage/ledger-rows.fixture.ts';
import { storedNames } from '../../usage/names.ts';
import { SqlLedger } from '../../usage/sql-ledger.ts';
import { dashboardCacheRouter } from '../dashboard/cache-router.ts';
import { configurationRouter } from '../dashboard/configuration-router.ts';
import { exchangesRouter } from '../dashboard/exchanges-router.ts';
import { liveRouter } from '../dashboard/live-router.ts';
import { mocksRouter } from '../dashboard/mocks-router.ts';
import { modelsRouter } from '../dashboard/models-router.ts';
import { sessionRouter } from '../dashboard/session-router.ts';
import { Sessions } from '../dashboard/session.ts';
import { governanceRouter } from '../governance/router.ts';
import { RESOURCES } from '../governance/resources.ts';
import { ADMIN, routingBed } from '../routing/routing.fixture.ts';
import { autoRouter } from '../routing/auto-router.ts';
import { routingRouter } from '../routing/routing-router.ts';
import { usageRouter } from '../usage/usage-router.ts';
import { openApiDocument } from './document.ts';
import { bodyPointer, closed, Judge, type Document } from '../../../tests/setup/openapi-judge.ts';

const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument({ version: '1.2.3', unit: 'cents' }))) as Document;
const BASE = '/api/governance';

test.each(['cents', 'usd'] as const)('a linter has nothing against it, with amounts in %s', async (unit) => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const source = JSON.stringify(openApiDocument({ version: '1.2.3', unit }));
  const problems = await lintFromString({ source, config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  // The linter does find what is wrong.
  const broken = source.replace('"type":"integer"', '"type":"intger"').replace('"operationId":"getStats",', '');
  const found = await lintFromString({ source: broken, config });
  expect(new Set(found.map(({ ruleId }) => ruleId))).toEqual(new Set(['struct', 'operation-operationId']));
});

test('it is served without a token, whatever administration needs', async () => {
  const { admin } = adminBench({ auth: () => ({ admin: 'token', requireKey: false }) });
  const { status, body, type } = await request(admin).get('/openapi.json');
  expect([status, type, body]).toEqual([200, 'application/json', DOCUMENT]);
  expect((await request(admin).get('/stats')).status).toBe(401);
});

test('amounts of budgets have the unit of the configuration, and all their digits', async () => {
  const { text } = await request(adminBench({ budgetUnit: () => 'usd' }).admin).get('/openapi.json');
  expect(text).toContain('"maximum":92233720368547758.07');
  expect((await request(adminBench().admin).get('/openapi.json')).text).toContain('"maximum":9223372036854775807');
});

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `METHOD path` of every route below a router. */
function routesOf(router: Router | Express, prefix = ''): string[] {
  const stack = ('router' in router ? router.router.stack : router.stack) as unknown as readonly Layer[];
  const routes = (layers: readonly Layer[]): string[] =>
    layers.flatMap(({ route, handle }) => {
      if (route === undefined) return routes(handle.stack ?? []);
      const path = `${prefix}${route.path}`.replaceAll(/[:*](\w+)/g, '{$1}');
      return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${path}`);
    });
  return routes(stack);
}

test('it has every route of the control plane and no other', async () => {
  const api = await startApi();
  const none = (): never => {
    throw new Error('not asked');
  };
  const governance = governanceRouter({
    clock: api.clock,
    counters: api.counters,
    store: none,
    databaseTrouble: none,
    stats: none,
    actor: none,
    fault: none,
  });
  const served = [
    ...routesOf(createApplication(adminBench().deps)),
    ...routesOf(dashboardCacheRouter({ processes: { ask: none } }), '/api/admin'),
    ...routesOf(exchangesRouter({ processes: { ask: none }, streams: none as never }), '/api/admin'),
    ...routesOf(liveRouter({ clock: api.clock, processes: { ask: none }, streams: none as never }), '/api/admin'),
    ...routesOf(
      sessionRouter(
        { clock: api.clock, auth: none, version: '1', governed: false, budgetUnit: none },
        new Sessions(none, api.clock),
        none,
      ),
      '/api/admin',
    ),
    ...routesOf(modelsRouter({ processes: { ask: none }, endpoint: none, actor: none }), '/api/admin'),
    ...routesOf(configurationRouter({ origin: none }), '/api/admin'),
    ...routesOf(governance, BASE),
    ...routesOf(usageRouter({ clock: api.clock, ledger: none, names: none }), BASE),
    ...routesOf(
      credentialsRouter({
        clock: api.clock,
        lookup: none,
        take: none,
        providers: none,
        canonical: none,
        store: none,
        check: none,
        fault: none,
      }),
      '/api/v1/users/me',
    ),
    ...routesOf(gatewayRouter((await gatewayBed()).deps), '/api/v1'),
    ...routesOf(routingRouter((await routingBed()).deps, none), '/api/v1'),
    ...routesOf(autoRouter(adminBench().deps.auto, none), '/api/v1'),
    ...routesOf(
      mocksRouter({
        mocks: { places: none, changed: none },
        streams: none as never,
      }),
      '/api/admin',
    ),
  ];
  const documented = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(documented.toSorted()).toEqual([...new Set(served)].toSorted());
});

test('the answers of the control plane are as it says, and have nothing beside', async () => {
  const { admin } = adminBench({
    endpoints: () => gpt4o('admitting', 'ejected'),
    redisConnected: () => true,
    redisRefusal: () => 'OOM',
  });
  const judge = new Judge(closed(DOCUMENT), []);
  for (const [method, path, sent] of [
    ['get', '/', '/'],
    ['get', '/health', '/health'],
    ['get', '/health/live', '/health/live'],
    ['get', '/health/ready', '/health/ready'],
    ['get', '/stats', '/stats'],
    ['delete', '/cache', '/cache'],
    ['delete', '/cache', '/cache?model=gpt-4o'],
    ['delete', '/cache', '/cache?nothing=x'],
  ] as const) {
    const { status, body } = await request(admin)[method](sent);
    expect(judge.fault(bodyPointer(path, method, status), body), `${method} ${sent} ${status}`).toBeUndefined();
  }
  const { status, body } = await request(adminBench({ phase: () => 'draining' }).admin).get('/health/ready');
  expect(judge.fault(bodyPointer('/health/ready', 'get', status), body)).toBeUndefined();
});

test.each([
  ['{}', 200],
  ['{"model":"m"}', 200],
  ['{"key":"k"}', 200],
  ['{"model":"m","key":"k"}', 400],
  ['{"model":""}', 400],
  ['{"model":5}', 400],
  ['{"modle":"m"}', 400],
  ['[]', 400],
])('DELETE /cache with the body %s is %d, as the document has it', async (body, status) => {
  const judge = new Judge(DOCUMENT, []);
  const fault = judge.fault(bodyPointer('/cache', 'delete'), JSON.parse(body));
  const answer = await request(adminBench().admin).delete('/cache').set('content-type', 'application/json').send(body);
  expect([answer.status, fault === undefined ? 200 : 400]).toEqual([status, status]);
});

const BUDGET = { max_limit: 5, reset_duration: '1h' };
const RATE = { token_max_limit: 5, token_reset_duration: '1h' };

test('the answers of governance are as it says, and have nothing beside', async () => {
  const api = await startApi();
  const judge = new Judge(closed(DOCUMENT), ['free', 'pro']);
  const seen = new Set<string>();
  const check = async (
    method: 'get' | 'post' | 'put' | 'delete',
    route: string,
    path = route,
    sent?: object,
  ): Promise<Record<string, Record<string, string>>> => {
    const { status, body } = await (method === 'get' || method === 'delete'
      ? api[method](path)
      : api[method](path, sent));
    seen.add(`${method.toUpperCase()} ${BASE}${route}`);
    const pointer = bodyPointer(`${BASE}${route}`, method, status);
    expect(judge.fault(pointer, body), `${method} ${path} ${status} ${JSON.stringify(body)}`).toBeUndefined();
    return body as Record<string, Record<string, string>>;
  };
  const made: Record<string, string> = {};
  const bodies = (): Readonly<Record<string, object>> => ({
    customer: { plan: 'pro', trial_ends_at: '2030-01-01T00:00:00Z', budget: BUDGET },
    team: { customer_id: made['customer'], budget: BUDGET },
    user: { external_id: 'e', team_id: made['team'], budget: BUDGET, rate_limit: RATE },
    virtual_key: {
      user_id: made['user'],
      team_id: made['team'],
      budget: BUDGET,
      rate_limit: RATE,
      allowed_models: ['gpt-4o'],
      model_aliases: { fast: 'gpt-4o-mini' },
      model_limits: { 'gpt-4o': { budget: BUDGET, rate_limit: RATE } },
      expires_at: '2030-01-01T00:00:00Z',
      calendar: 'month',
      time_zone: 'Europe/Berlin',
    },
  });
  for (const kind of ['customer', 'team', 'user', 'virtual_key']) {
    const { path, singular } = RESOURCES.find((one) => one.kind === kind)!;
    const answer = await check('post', path, path, { name: `a ${kind}`, ...bodies()[kind] });
    made[kind] = answer[singular]!['id']!;
    await check('post', path, path, { name: `another ${kind}` });
    await check('post', path, path, {});
  }
  await api.make('/virtual-keys', { name: 'of the customer', customer_id: made['customer'] });
  for (const { path, kind } of RESOURCES) {
    await check('get', path);
    await check('get', path, `${path}?limit=x`);
    await check('get', `${path}/{id}`, `${path}/${made[kind]}`);
    await check('get', `${path}/{id}`, `${path}/unknown`);
    await check('put', `${path}/{id}`, `${path}/${made[kind]}`, {});
    await check('put', `${path}/{id}`, `${path}/${made[kind]}`, { name: 5 });
  }
  const id = made['virtual_key']!;
  await check('post', '/virtual-keys/{id}/rotate', `/virtual-keys/${id}/rotate`, { grace: '1h' });
  api.counters.keys.push({
    keyId: id,
    provider: 'p',
    model: 'm',
    tokens: 1,
    requests: 1,
    tokensLastReset: 0,
    requestsLastReset: 0,
  });
  await check('get', '/usage-stats');
  await check('get', '/usage-stats', `/usage-stats?virtual_key_id=${id}`);
  await check('get', '/usage-stats', '/usage-stats?virtual_key_id=unknown');
  await check('post', '/usage-reset', '/usage-reset', { virtual_key_id: id });
  for (const path of ['/debug/stats', '/debug/counters', '/debug/health']) await check('get', path);
  await check('get', '/audit');
  await check('get', '/audit', '/audit?limit=1001');
  api.counters.away = 'Redis is away.';
  await check('get', '/debug/health');
  for (const { path, kind } of RESOURCES) await check('delete', `${path}/{id}`, `${path}/${made[kind]}`);
  const documented = Object.entries(DOCUMENT.paths)
    .filter(([path]) => path.startsWith(BASE) && path !== `${BASE}/usage`)
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
  expect([...seen].toSorted()).toEqual(documented.toSorted());
});

test('the usage report is as it says, and has nothing beside', async () => {
  const api = await startApi();
  const ledger = new SqlLedger(api.database);
  await ledger.insert([ledgerRow({ virtualKeyId: 'k', cost: 450_000n }), ledgerRow({ cost: null })]);
  const usage = usageRouter({
    clock: new ManualClock(NOON + 3_600_000),
    ledger: () => ledger,
    names: storedNames(api.database),
  });
  const application = express().set('query parser', 'simple').use(BASE, usage);
  const judge = new Judge(closed(DOCUMENT), []);
  const { parameters } = DOCUMENT.paths[`${BASE}/usage`]!['get'] as unknown as {
    parameters: { name: string; schema: { items?: { enum: string[] } } }[];
  };
  const columns = parameters.find(({ name }) => name === 'group_by')!.schema.items!.enum;
  expect(columns).toContain('endpoint');
  for (const query of ['', `?group_by=${columns.join(',')}`, '?limit=1&offset=0&tz=Europe/Berlin&format=json']) {
    const { status, body } = await request(application).get(`${BASE}/usage${query}`);
    expect(status).toBe(200);
    expect(judge.fault(bodyPointer(`${BASE}/usage`, 'get', 200), body), query).toBeUndefined();
  }
});

test('the answers of the gateway are as it says, and have nothing beside', async () => {
  const { application, ledger } = await gatewayBed();
  await ledger.insert([ledgerRow({ service: 's', userLabel: 'u', at: NOON })]);
  const judge = new Judge(closed(DOCUMENT), []);
  let id = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  const asked = async (method: 'get' | 'post' | 'patch' | 'delete', path: string, sent?: object): Promise<void> => {
    const client = request(application);
    const call = client[method](`/api/v1${path.replace('{id}', id)}`);
    call.set('x-service-key', KEY);
    const { status, body } = await (sent === undefined ? call : call.send(sent));
    if (status !== 204) {
      const pointer = bodyPointer(`/api/v1${path.replace(/\?.*/, '')}`, method, status);
      expect(judge.fault(pointer, body), `${method} ${path} ${status}`).toBeUndefined();
    }
    if (status === 201) ({ id } = body as { id: string });
  };
  const provider = { name: 'claude', display_name: 'Claude', api_key: 'k' };
  await asked('get', '/providers/{id}');
  for (const body of [{}, provider, provider]) await asked('post', '/providers', body);
  for (const path of ['/providers', '/providers/{id}', '/health', '/health/providers']) await asked('get', path);
  await asked('post', '/providers/{id}/test');
  await asked('patch', '/providers/{id}', { priority: 1 });
  await asked('delete', '/providers/{id}');
  await asked('delete', '/providers/{id}');
  await asked('post', '/overrides', { user_id: 'u', provider_name: 'claude', model_name: 'm' });
  await asked('get', '/overrides');
  await asked('delete', '/overrides/{id}');
  for (const report of ['summary', 'by-provider', 'by-service', 'by-customer']) await asked('get', `/usage/${report}`);
  await asked('get', '/usage/summary?days=0');
});

test('the answers of automatic routing are as it says, and have nothing beside', async () => {
  const { call, make, ledger } = await routingBed();
  const { id, key } = await make('virtual_key');
  await ledger.insert([
    ledgerRow(),
    ledgerRow({ virtualKeyId: id, cost: null, cached: true, tier: 'micro', complexity: 'simple', task: 'chat' }),
  ]);
  const judge = new Judge(closed(DOCUMENT), []);
  const asked = async (method: 'get' | 'put' | 'delete', path: string, sent?: object, headers = {}): Promise<void> => {
    const { status, body } = await call(method, path.replace('{id}', id), sent, { ...ADMIN, ...headers });
    const pointer = bodyPointer(`/api/v1${path.replace(/\?.*/, '').replace('unknown', '{id}')}`, method, status);
    if (status === 204) return;
    expect(judge.fault(pointer, body), `${method} ${path} ${status}`).toBeUndefined();
  };
  const preferences = '/routing/preferences/{id}';
  const all = { default_tier: 'heavy', preferred_providers: ['openai'], monthly_budget_cents: 5, cache_aware: false };
  await asked('get', preferences);
  for (const body of [all, {}, { default_tier: 'x' }]) await asked('put', preferences, body);
  await asked('get', preferences);
  await asked('put', preferences, all, { ...key, authorization: 'none' });
  for (const method of ['get', 'put', 'delete'] as const) await asked(method, '/routing/preferences/unknown', all);
  await asked('get', preferences, undefined, { authorization: 'none' });
  await asked('delete', preferences);
  for (const query of ['', '?limit=1', '?limit=0', `?virtual_key_id=${id}`])
    await asked('get', `/routing/usage${query}`);
});
