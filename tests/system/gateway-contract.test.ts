import { expect, onTestFinished, test } from 'vitest';
import { read, type Reply } from './credentials-bed.ts';
import { startBed, type Bed, type BedOptions } from './bed.ts';
import { send } from './http.ts';

const KEY = 'a-service-key-of-tests';
const BASE = '/api/v1';

async function gatewayBed(options: BedOptions = {}): Promise<{
  readonly bed: Bed;
  readonly call: (method: string, path: string, body?: unknown, headers?: object) => Promise<Reply>;
}> {
  const config = {
    database: { url: ':memory:' },
    auth: { admin: 'open' },
    gateway: { service_key: KEY },
    ...options.config,
  };
  const bed = await startBed({ ...options, config });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  return {
    bed,
    call: async (method, path, body, headers = {}) =>
      read(await send(`${bed.url}${BASE}${path}`, { method, body, headers: { 'x-service-key': KEY, ...headers } })),
  };
}

test('every answer has a request id: the one that was sent, or a new one', async () => {
  const { call, bed } = await gatewayBed();
  for (const path of ['/health', '/health/providers', '/usage/summary', '/usage/summary?days=0', '/nothing']) {
    expect((await call('GET', path, undefined, { 'x-request-id': 'mine-1' })).headers['x-request-id']).toBe('mine-1');
    const ids = [await call('GET', path), await call('GET', path)].map(({ headers }) => headers['x-request-id']);
    expect(ids.every((id) => typeof id === 'string' && id.length > 0)).toBe(true);
    expect(new Set(ids).size).toBe(2);
  }
  const refused = await fetch(`${bed.url}${BASE}/providers`, { headers: { 'x-request-id': 'mine-2' } });
  expect([refused.status, refused.headers.get('x-request-id')]).toEqual([422, 'mine-2']);
});

test('health is open, the rest needs the service key', async () => {
  const { bed, call } = await gatewayBed();
  const health = await fetch(`${bed.url}${BASE}/health`);
  expect([health.status, await health.json()]).toEqual([
    200,
    { status: 'healthy', service: 'llm-gateway', database: 'connected' },
  ]);
  const providers = await fetch(`${bed.url}${BASE}/health/providers`);
  expect([providers.status, await providers.json()]).toEqual([200, { providers: [] }]);
  const missing = await fetch(`${bed.url}${BASE}/usage/summary`);
  expect([missing.status, await missing.json()]).toMatchObject([
    422,
    { detail: [{ type: 'missing', loc: ['header', 'x-service-key'] }] },
  ]);
  const wrong = await call('POST', '/providers', '{', { 'x-service-key': 'wrong' });
  expect([wrong.status, wrong.json]).toEqual([401, { detail: 'Invalid service key' }]);
});

test('without a service key the routes are not there, without the section health neither', async () => {
  const keyless = await gatewayBed({ config: { gateway: {} } });
  expect((await keyless.call('GET', '/usage/summary')).json).toEqual({ detail: 'Not Found' });
  expect((await keyless.call('GET', '/health')).status).toBe(200);
  const without = await gatewayBed({ config: { gateway: undefined } });
  expect((await without.call('GET', '/health')).json).toEqual({ detail: 'Not Found' });
  const ungoverned = await gatewayBed({ config: { gateway: undefined, database: undefined } });
  const { status, json } = await ungoverned.call('GET', '/providers');
  expect([status, json]).toEqual([404, { detail: 'Not Found' }]);
});

test('requests of keys are in the report of the control plane, not in that of services', async () => {
  const { bed, call } = await gatewayBed({ config: { prices: { '*': { request: 0.01 } } } });
  await bed.client().chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }] });
  const summary = await call('GET', '/usage/summary?days=1');
  expect(summary.json).toEqual({
    period_days: 1,
    total_requests: 0,
    total_cost_usd: 0,
    total_spent_usd: 0,
    total_saved_usd: 0,
    total_tokens: 0,
    cached_requests: 0,
    error_requests: 0,
    cache_hit_rate: 0,
  });
  // The report has written what waited.
  const all = read(await send(`${bed.url}/api/governance/usage`, { method: 'GET' }));
  expect(all.json).toMatchObject({ totals: { requests: 1, cost_usd: 0.01 } });
});
