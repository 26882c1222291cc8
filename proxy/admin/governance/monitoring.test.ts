import { expect, test } from 'vitest';
import { startApi } from './api.fixture.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const AT = 1_750_000_000_000;
const timestamp = new Date(AT).toISOString();

test('usage of all keys, of one, of one that was never used, and of none', async () => {
  const api = await startApi();
  const key = await api.make('/virtual-keys', { name: 'k' });
  const idle = await api.make('/virtual-keys', { name: 'idle' });
  const counted = { tokens: 7, requests: 2, tokensLastReset: AT, requestsLastReset: AT + 1 };
  api.counters.keys.push(
    { keyId: key.id, ...counted },
    { keyId: key.id, provider: 'openai', model: 'gpt-4', ...counted },
  );
  const row = {
    virtual_key_id: key.id,
    tokens_current_usage: 7,
    requests_current_usage: 2,
    tokens_last_reset: timestamp,
    requests_last_reset: new Date(AT + 1).toISOString(),
  };
  const usage_stats = [row, { ...row, provider: 'openai', model: 'gpt-4' }];
  const all = await api.get('/usage-stats');
  expect([all.status, all.body]).toEqual([200, { usage_stats }]);
  const one = await api.get(`/usage-stats?virtual_key_id=${key.id}`);
  expect([one.status, one.body]).toEqual([200, { virtual_key_id: key.id, usage_stats }]);
  expect((await api.get(`/usage-stats?virtual_key_id=${idle.id}`)).body).toEqual({
    virtual_key_id: idle.id,
    usage_stats: [
      {
        virtual_key_id: idle.id,
        tokens_current_usage: 0,
        requests_current_usage: 0,
        tokens_last_reset: idle['created_at'],
        requests_last_reset: idle['created_at'],
      },
    ],
  });
  const none = await api.get(`/usage-stats?virtual_key_id=${UNKNOWN}`);
  expect([none.status, none.body]).toEqual([404, { error: expect.any(String) as unknown }]);
});

test('a reset concerns everything of the key itself, or what it names', async () => {
  const api = await startApi();
  const team = await api.make('/teams', { name: 't', budget: { max_limit: 5, reset_duration: '1h' } });
  const key = await api.make('/virtual-keys', {
    name: 'k',
    team_id: team.id,
    budget: { max_limit: 5, reset_duration: '1h' },
    rate_limit: { request_max_limit: 5, request_reset_duration: '1h' },
    model_limits: { m: { budget: { max_limit: 5, reset_duration: '1h' } } },
  });
  const spent = { cost: 10_000_000n, tokens: 3, requests: 2 };
  for (const id of [key['budget_id'], key['rate_limit_id'], team['budget_id']])
    api.counters.used.set(String(id), spent);
  const before = (await api.get(`/virtual-keys/${key.id}`)).body as unknown;
  expect(before).toMatchObject({
    virtual_key: {
      budget: { current_usage: 1 },
      rate_limit: { token_current_usage: 3, request_current_usage: 2 },
      team: { budget: { current_usage: 1 } },
    },
  });
  const reset = await api.post('/usage-reset', { virtual_key_id: key.id });
  expect([reset.status, reset.body]).toEqual([200, { message: expect.stringContaining('successfully') as unknown }]);
  expect(api.counters.resets).toMatchObject([{ keyId: key.id }]);
  expect(api.counters.resets[0]!.scopeIds).toHaveLength(3);
  expect((await api.get(`/virtual-keys/${key.id}`)).body).toMatchObject({
    virtual_key: { budget: { current_usage: 0 }, team: { budget: { current_usage: 1 } } },
  });
  await api.post('/usage-reset', { virtual_key_id: key.id, provider: 'openai', model: null });
  expect(api.counters.resets[1]).toMatchObject({ provider: 'openai' });
  expect(api.counters.resets[1]).not.toHaveProperty('model');
});

test.each<[unknown, number]>([
  [{ virtual_key_id: UNKNOWN }, 404],
  [{}, 400],
  [{ virtual_key_id: 5 }, 400],
  [{ virtual_key_id: null }, 400],
  [[], 400],
  [undefined, 400],
])('a reset of %j is %d', async (body, status) => {
  const api = await startApi();
  const answer = await api.post('/usage-reset', body);
  expect([answer.status, answer.body]).toEqual([status, { error: expect.any(String) as unknown }]);
  expect(api.counters.resets).toEqual([]);
});

test('statistics count every table', async () => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c', budget: { max_limit: 5, reset_duration: '1h' } });
  await api.make('/teams', { name: 't', customer_id: customer.id });
  const { status, body } = await api.get('/debug/stats');
  expect([status, body]).toEqual([
    200,
    {
      plugin_stats: { admitted: 3 },
      database_stats: {
        virtual_keys_count: 0,
        teams_count: 1,
        customers_count: 1,
        users_count: 0,
        budgets_count: 1,
        rate_limits_count: 0,
        usage_tracking_count: 0,
        audit_logs_count: 2,
      },
      timestamp,
    },
  ]);
});

test('counters and health', async () => {
  const api = await startApi();
  api.counters.used.set('x', { cost: 1n, tokens: 0, requests: 0 });
  expect((await api.get('/debug/counters')).body).toEqual({ counters: [{ id: 'x' }], count: 1, timestamp });
  const healthy = await api.get('/debug/health');
  const well = { status: 'healthy' };
  expect([healthy.status, healthy.body]).toEqual([
    200,
    { status: 'healthy', timestamp, checks: { database: well, counters: well } },
  ]);
  api.counters.away = 'Redis is unreachable.';
  const ill = await api.get('/debug/health');
  expect([ill.status, ill.body]).toEqual([
    503,
    {
      status: 'unhealthy',
      timestamp,
      checks: { database: well, counters: { status: 'unhealthy', error: 'Redis is unreachable.' } },
    },
  ]);
});

test('a database that is away: administration is 503, known keys go on, unknown ones are not called unknown', async () => {
  const api = await startApi();
  const key = await api.make('/virtual-keys', { name: 'k' });
  await api.database.close();
  for (const answer of [
    await api.get('/virtual-keys'),
    await api.get(`/virtual-keys/${key.id}`),
    await api.post('/virtual-keys', { name: 'l' }),
    await api.put(`/virtual-keys/${key.id}`, {}),
    await api.delete(`/virtual-keys/${key.id}`),
  ]) {
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.body).toEqual({ error: expect.stringMatching(/cannot be reached/) as unknown });
  }
  expect((await api.get('/debug/health')).status).toBe(503);
  await api.governance.refresh();
  await api.governance.refresh();
  expect(api.reports).toEqual([expect.stringMatching(/cannot be reached/)]);
  const { directory } = api.governance;
  expect(directory.lookup(String(key['value']), api.clock.now()).state).toBe('active');
  expect(directory.lookup('sk-lp-unknown', api.clock.now()).state).toBe('unavailable');
  expect(api.faults).toEqual([]);
});
