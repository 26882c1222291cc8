import request from 'supertest';
import { expect, test } from 'vitest';

import type { PurgeTarget } from '../cache/tiers.ts';
import type { AuthConfig } from '../config/config.ts';
import { Secret } from '../core/secret.ts';
import { adminBench, endpoint, gpt4o } from './admin.fixture.ts';
import type { AdminDeps, GovernanceDeps } from './deps.ts';

const TOKEN: AuthConfig = { admin: 'token', adminToken: new Secret('right-token'), requireKey: false };

test('health tells that all is well', async () => {
  const { status, body, headers } = await request(adminBench().admin).get('/health');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'healthy',
    version: '1.2.3',
    redis_connected: null,
    redis_refuses: null,
    models: ['gpt-4o'],
    models_down: [],
    endpoints: { total: 2, admitting: 2 },
  });
  expect(headers['x-request-id']).toMatch(/^req_/);
  expect(headers['x-powered-by']).toBeUndefined();
});

test.each<[string, Partial<AdminDeps>]>([
  ['an endpoint is ejected', { endpoints: () => gpt4o('admitting', 'ejected') }],
  ['an endpoint is probed', { endpoints: () => gpt4o('probing') }],
  ['redis is away', { redisConnected: () => false }],
  ['redis refuses commands', { redisConnected: () => true, redisRefusal: () => 'OOM' }],
])('health is degraded, and still 200, when %s', async (_case, changes) => {
  const { status, body } = await request(adminBench(changes).admin).get('/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'degraded' });
});

test('health names the models that no endpoint serves', async () => {
  const endpoints = () =>
    new Map([
      ...gpt4o('ejected', 'probing'),
      ['o3', [endpoint('o3/a', 'ejected'), endpoint('o3/b', 'admitting')]] as const,
    ]);
  const { body } = await request(adminBench({ endpoints }).admin).get('/health');
  expect(body).toMatchObject({ status: 'degraded', models_down: ['gpt-4o'], endpoints: { total: 4, admitting: 1 } });
});

test('a model may be called like a member of every object', async () => {
  const endpoints = () => new Map([['__proto__', [endpoint('__proto__/a', 'admitting')]]]);
  const { text } = await request(adminBench({ endpoints }).admin).get('/stats');
  expect(text).toContain('"endpoints":{"__proto__":[{"id":"__proto__/a"');
});

test.each([
  ['starting', 503],
  ['ready', 200],
  ['draining', 503],
] as const)('while %s the readiness is %d and the liveness 200', async (phase, status) => {
  const { admin } = adminBench({ phase: () => phase });
  const ready = await request(admin).get('/health/ready');
  expect(ready.status).toBe(status);
  expect(ready.body).toEqual({ status: phase });
  expect((await request(admin).get('/health/live')).status).toBe(200);
});

test('stats show requests, tokens, the cache and each endpoint', async () => {
  const { body } = await request(adminBench().admin).get('/stats');
  expect(body).toMatchObject({
    uptime_seconds: 90,
    requests: { requests: 10, client_errors: 1 },
    cache: { hits: 6, misses: 3, joined: 1, entries: 2, bytes: 300, found_in: { memory: 5, redis: 1 } },
    endpoints: {
      'gpt-4o': [
        { id: 'gpt-4o/mock-1', state: 'admitting', success_rate: 0.75, total_requests: 4 },
        { id: 'gpt-4o/mock-2', base_url: 'http://127.0.0.1:9/v1' },
      ],
    },
  });
});

test('metrics are Prometheus text', async () => {
  const { text, headers } = await request(adminBench().admin).get('/metrics');
  expect(text).toBe('a 1\n');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});

test('the index tells where things are', async () => {
  const { body } = await request(adminBench().admin).get('/');
  expect(body).toMatchObject({ name: 'llmproxy', version: '1.2.3', openai_base_url: '/v1' });
});

test.each<[string, string | undefined, PurgeTarget]>([
  ['/cache', undefined, 'all'],
  ['/cache?model=gpt-4o', undefined, { model: 'gpt-4o' }],
  ['/cache?key=abc', undefined, { key: 'abc' }],
  ['/cache', '{"model":"m"}', { model: 'm' }],
  ['/cache', '{}', 'all'],
])('DELETE %s with body %s purges what was named', async (path, body, target) => {
  const { admin, purged } = adminBench();
  const call = request(admin).delete(path).set('content-type', 'text/plain');
  const response = await (body === undefined ? call : call.send(body));
  expect(response.body).toEqual({
    timestamp: '2025-06-15T15:08:10.000Z',
    deleted_entries: 7,
    status: 'success',
  });
  expect(purged).toEqual([target]);
});

test.each([
  ['/cache?modle=gpt-4o', undefined, 'invalid_value'],
  ['/cache?model=', undefined, 'invalid_type'],
  ['/cache?model=a&model=b', undefined, 'invalid_type'],
  ['/cache?model=a&key=b', undefined, 'invalid_value'],
  ['/cache', '{"model":5}', 'invalid_type'],
  ['/cache', '[]', 'invalid_json'],
  ['/cache', '{"model"', 'invalid_json'],
])('DELETE %s with body %s purges nothing', async (path, body, code) => {
  const { admin, purged } = adminBench();
  const call = request(admin).delete(path).set('content-type', 'application/json');
  const response = await (body === undefined ? call : call.send(body));
  expect(response.status).toBe(400);
  expect(response.body).toMatchObject({ error: { type: 'invalid_request_error', code } });
  expect(purged).toEqual([]);
});

test('a purge that has not reached Redis says so', async () => {
  const cache = {
    ...adminBench(),
    stats: () => ({}) as never,
    purge: () => Promise.resolve({ deleted: 1, complete: false }),
  };
  const { body } = await request(adminBench({ cache }).admin).delete('/cache');
  expect(body).toMatchObject({ deleted_entries: 1, status: 'partial' });
});

test('with a token everything but health needs it', async () => {
  const { admin, purged } = adminBench({ auth: () => TOKEN });
  for (const path of ['/', '/stats', '/metrics', '/nowhere']) {
    const { status, body, headers } = await request(admin).get(path);
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: 'unauthorized' } });
    expect(headers['www-authenticate']).toBe('Bearer');
  }
  expect((await request(admin).delete('/cache')).status).toBe(401);
  expect((await request(admin).delete('/cache').set('authorization', 'Bearer wrong-token')).status).toBe(401);
  expect((await request(admin).delete('/cache').set('authorization', 'Basic right-token')).status).toBe(401);
  expect(purged).toEqual([]);
  expect((await request(admin).get('/health')).status).toBe(200);
  expect((await request(admin).delete('/cache').set('authorization', 'bearer right-token')).status).toBe(200);
});

test.each<[string, AuthConfig, string, number]>([
  ['loopback on a loopback address', { admin: 'loopback', requireKey: false }, '127.0.0.1', 200],
  ['loopback on a public address, no token', { admin: 'loopback', requireKey: false }, '0.0.0.0', 401],
  ['loopback with a token on a loopback address', { ...TOKEN, admin: 'loopback' }, '::1', 200],
  ['loopback with a token on a public address', { ...TOKEN, admin: 'loopback' }, '0.0.0.0', 401],
  ['open', { admin: 'open', requireKey: false }, '127.0.0.1', 200],
])('admin: %s answers a caller without a token as it should', async (_case, auth, host, status) => {
  const { admin } = adminBench({ auth: () => auth, host });
  expect((await request(admin).get('/stats')).status).toBe(status);
});

test('a page whose name was made to point to this machine gets nothing without the token', async () => {
  const { admin, purged } = adminBench();
  const { status, body } = await request(admin).delete('/cache').set('host', 'evil.example:4000');
  expect(status).toBe(401);
  expect(JSON.stringify(body)).toContain('only to localhost');
  expect(purged).toEqual([]);
  expect((await request(admin).get('/stats').set('host', '[::1]:4000')).status).toBe(200);
  expect((await request(admin).get('/health').set('host', 'evil.example')).status).toBe(200);
});

const GOVERNED = { databaseConnected: () => true, countsLocally: () => false } as unknown as GovernanceDeps;

test.each(['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Anything', 'X-Real-IP', 'Via'])(
  'where there are keys and administration is open, a request with %s is not local',
  async (header) => {
    const { admin } = adminBench({ governance: GOVERNED });
    expect((await request(admin).get('/stats')).status).toBe(200);
    const { status, body } = await request(admin).get('/stats').set(header, '192.0.2.1');
    expect(status).toBe(401);
    expect(JSON.stringify(body)).toContain(header.toLowerCase());
    const token = adminBench({ governance: GOVERNED, auth: () => TOKEN }).admin;
    const known = request(token).get('/stats').set(header, '192.0.2.1').set('authorization', 'Bearer right-token');
    expect((await known).status).toBe(200);
    expect((await request(adminBench().admin).get('/stats').set(header, '192.0.2.1')).status).toBe(200);
  },
);

test.each([
  ['healthy', true, false],
  ['degraded', false, false],
  ['degraded', true, true],
])(
  'with keys health is %s when the database answers: %s, and limits are counted here alone: %s',
  async (status, connected, local) => {
    const governance = { ...GOVERNED, databaseConnected: () => connected, countsLocally: () => local };
    const answer = await request(adminBench({ governance }).admin).get('/health');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status, database_connected: connected, limits_local: local });
  },
);

test('an unknown route is 404 in the shape of OpenAI', async () => {
  const { status, body } = await request(adminBench().admin).get('/nowhere?key=x');
  expect(status).toBe(404);
  expect(body).toEqual({
    error: {
      message: 'Unknown request URL: GET /nowhere. Check it for typos.',
      type: 'invalid_request_error',
      param: null,
      code: 'unknown_url',
    },
  });
});

test('a fault is logged under the request id that the client is told', async () => {
  const broken = new Error('disk on fire');
  const { admin, faults } = adminBench({
    endpoints: () => {
      throw broken;
    },
  });
  const { status, body, headers } = await request(admin).get('/health');
  expect(status).toBe(500);
  expect(JSON.stringify(body)).toContain(headers['x-request-id']);
  expect(JSON.stringify(body)).not.toContain('disk on fire');
  expect(faults).toEqual([['an admin route failed', headers['x-request-id'], broken]]);
});
