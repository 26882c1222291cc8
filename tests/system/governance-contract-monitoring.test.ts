import { afterAll, beforeAll, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { budget, requestLimit, startGoverned, tokenLimit, verdict, type Entity, type Governed } from './governed.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const TIME: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned();
});
afterAll(() => bed.close());

const valueOf = (entity: Entity): string => String(entity['value']);
const statsOf = async (id: string): Promise<Record<string, unknown>[]> =>
  (await bed.api('GET', `/usage-stats?virtual_key_id=${id}`)).json['usage_stats'] as Record<string, unknown>[];

test('usage-stats of one key and of all', async () => {
  const key = await bed.make('virtual-keys', { ...requestLimit(10), ...budget(10) });
  const fresh = await bed.api('GET', `/usage-stats?virtual_key_id=${key.id}`);
  expect([fresh.status, fresh.json]).toEqual([
    200,
    {
      virtual_key_id: key.id,
      usage_stats: [
        {
          virtual_key_id: key.id,
          tokens_current_usage: 0,
          requests_current_usage: 0,
          tokens_last_reset: TIME,
          requests_last_reset: TIME,
        },
      ],
    },
  ]);
  await bed.mock.answer({ times: 1, answer: { text: 'ok', usage: { inputTokens: 60, outputTokens: 40 } } });
  await bed.chat(valueOf(key));
  const [total] = await statsOf(key.id);
  expect(total).toMatchObject({ tokens_current_usage: 100, requests_current_usage: 1 });
  const all = await bed.api('GET', '/usage-stats');
  expect([all.status, Object.keys(all.json)]).toEqual([200, ['usage_stats']]);
  expect(all.json['usage_stats']).toContainEqual(total);
});

test('usage-stats counts also a key without any limit', async () => {
  const key = await bed.make('virtual-keys');
  await bed.mock.answer({ times: 2, answer: { text: 'ok', usage: { inputTokens: 6, outputTokens: 4 } } });
  await bed.chat(valueOf(key));
  await bed.chat(valueOf(key), { stream: true });
  expect((await statsOf(key.id))[0]).toMatchObject({ tokens_current_usage: 20, requests_current_usage: 2 });
});

test.each([`/usage-stats?virtual_key_id=${UNKNOWN}`, '/usage-stats?virtual_key_id=x'])('%s is 404', async (path) => {
  const { status, json } = await bed.api('GET', path);
  expect([status, json]).toEqual([404, { error: expect.any(String) as unknown }]);
});

test.each<[unknown, number]>([
  [{ virtual_key_id: UNKNOWN }, 404],
  [{ virtual_key_id: 'x' }, 404],
  [{}, 400],
  [{ virtual_key_id: null }, 400],
  [{ virtual_key_id: 5 }, 400],
  [undefined, 400],
  ['{', 400],
  [[], 400],
])('usage-reset of %j is %d', async (body, expected) => {
  const { status, json } = await bed.api('POST', '/usage-reset', body);
  expect([status, json]).toEqual([expected, { error: expect.any(String) as unknown }]);
});

test('usage-reset: rate counters and the budget of the key are zero at once, for the gate too; no level above it', async () => {
  const team = await bed.make('teams', budget(100));
  const limits = {
    rate_limit: { request_max_limit: 1, request_reset_duration: '1h', token_max_limit: 1, token_reset_duration: '1h' },
  };
  const key = await bed.make('virtual-keys', { team_id: team.id, ...limits, ...budget(1) });
  expect(verdict(await bed.chat(valueOf(key)))).toBe('200 ok');
  expect(verdict(await bed.chat(valueOf(key)))).toBe('429 rate_limited');
  const before = await bed.get('virtual-keys', key.id);
  const { status, json } = await bed.api('POST', '/usage-reset', { virtual_key_id: key.id });
  expect([status, json]).toEqual([200, { message: expect.stringContaining('successfully') as unknown }]);
  const after = await bed.get('virtual-keys', key.id);
  expect(after).toMatchObject({
    budget: { current_usage: 0, max_limit: 1 },
    rate_limit: { request_current_usage: 0, token_current_usage: 0 },
    team: { budget: { current_usage: 1 } },
  });
  const resetOf = (entity: Entity): number => Date.parse((entity['budget'] as { last_reset: string }).last_reset);
  expect(resetOf(after)).toBeGreaterThanOrEqual(resetOf(before));
  expect((await statsOf(key.id))[0]).toMatchObject({ tokens_current_usage: 0, requests_current_usage: 0 });
  expect(verdict(await bed.chat(valueOf(key)))).toBe('200 ok');
});

test('usage-reset of a model or provider concerns its counters alone', async () => {
  const limit = { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } };
  const key = await bed.make('virtual-keys', {
    ...requestLimit(9),
    model_limits: { 'gpt-4': limit },
    provider_limits: { anthropic: limit },
  });
  const claude = { model: 'claude-3-5-sonnet-20240620' };
  expect(verdict(await bed.chat(valueOf(key)))).toBe('200 ok');
  expect(verdict(await bed.chat(valueOf(key), claude))).toBe('200 ok');
  expect(verdict(await bed.chat(valueOf(key)))).toBe('429 request_limited');
  await bed.api('POST', '/usage-reset', { virtual_key_id: key.id, model: 'gpt-4' });
  expect(verdict(await bed.chat(valueOf(key)))).toBe('200 ok');
  expect(verdict(await bed.chat(valueOf(key), claude))).toBe('429 request_limited');
  await bed.api('POST', '/usage-reset', { virtual_key_id: key.id, provider: 'anthropic' });
  expect(verdict(await bed.chat(valueOf(key), claude))).toBe('200 ok');
  expect((await bed.get('virtual-keys', key.id))['rate_limit']).toMatchObject({ request_current_usage: 4 });
});

test('what a request costs that runs during a reset lands in the new window', async () => {
  const key = await bed.make('virtual-keys', { ...budget(100), ...tokenLimit(1_000) });
  await bed.mock.answer({
    times: 1,
    answer: { text: 'slow', usage: { inputTokens: 60, outputTokens: 40 }, pace: { firstEventMs: 400 } },
  });
  const before = await bed.upstreamCalls();
  const running = bed.chat(valueOf(key));
  await expect.poll(() => bed.upstreamCalls()).toBe(before + 1);
  expect((await bed.api('POST', '/usage-reset', { virtual_key_id: key.id })).status).toBe(200);
  expect(verdict(await running)).toBe('200 ok');
  expect(await bed.get('virtual-keys', key.id)).toMatchObject({
    budget: { current_usage: 1 },
    rate_limit: { token_current_usage: 100 },
  });
});

test('a key that is deleted while its stream runs lets the stream end', async () => {
  const key = await bed.make('virtual-keys');
  const text = Array.from({ length: 30 }, (_, at) => `word${at}`).join(' ');
  await bed.mock.answer({ times: 1, answer: { text, pace: { firstEventMs: 50, tokensPerSecond: 60 } } });
  const before = await bed.upstreamCalls();
  const running = bed.chat(valueOf(key), { stream: true });
  await expect.poll(() => bed.upstreamCalls()).toBe(before + 1);
  expect((await bed.api('DELETE', `/virtual-keys/${key.id}`)).status).toBe(200);
  const answer = await running;
  expect([answer.status, answer.broken, answer.text.endsWith('data: [DONE]\n\n')]).toEqual([200, false, true]);
  expect(verdict(await bed.chat(valueOf(key)))).toBe('403 virtual_key_not_found');
});

test('debug/stats counts what there is', async () => {
  const read = async (): Promise<Record<string, number>> => {
    const { status, json } = await bed.api('GET', '/debug/stats');
    expect([status, json]).toEqual([
      200,
      { plugin_stats: expect.any(Object) as unknown, database_stats: expect.any(Object) as unknown, timestamp: TIME },
    ]);
    return json['database_stats'] as Record<string, number>;
  };
  const before = await read();
  const team = await bed.make('teams', budget(1));
  await bed.make('customers', budget(1));
  const key = await bed.make('virtual-keys', { team_id: team.id, ...requestLimit(1) });
  await bed.chat(valueOf(key));
  const after = await read();
  const added = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - before[name]!]));
  expect(added).toMatchObject({
    virtual_keys_count: 1,
    teams_count: 1,
    customers_count: 1,
    budgets_count: 2,
    rate_limits_count: 1,
    audit_logs_count: 3,
  });
  expect(after['usage_tracking_count']).toBeGreaterThanOrEqual(before['usage_tracking_count']!);
});

test('debug/counters and debug/health', async () => {
  const key = await bed.make('virtual-keys', requestLimit(5));
  await bed.chat(valueOf(key));
  const { status, json } = await bed.api('GET', '/debug/counters');
  expect([status, Object.keys(json).toSorted()]).toEqual([200, ['count', 'counters', 'timestamp']]);
  expect((json['counters'] as unknown[]).length).toBe(json['count']);
  expect(json['count']).toBeGreaterThan(0);
  const health = await bed.api('GET', '/debug/health');
  expect([health.status, health.json]).toEqual([
    200,
    { status: 'healthy', timestamp: TIME, checks: expect.any(Object) as unknown },
  ]);
  for (const check of Object.values(health.json['checks'] as object))
    expect(check).toMatchObject({ status: 'healthy' });
});

test('the usage report: rows by key and model, totals, what is wrong with a question', async () => {
  const customer = await bed.make('customers', { name: `=1+1 ${nonce()}` });
  const key = await bed.make('virtual-keys', { customer_id: customer.id, name: `-key, "quoted" ${nonce()}` });
  const messages = [{ role: 'user', content: nonce() }];
  await bed.mock.answer({ times: 1, answer: { text: 'ok', usage: { inputTokens: 60, outputTokens: 40 } } });
  for (let at = 0; at < 2; at += 1) await bed.chat(valueOf(key), { messages });
  const rowsOf = async (query: string): Promise<Record<string, unknown>[]> =>
    (await bed.api('GET', `/usage?${query}`)).json['rows'] as Record<string, unknown>[];
  const own = async (): Promise<unknown> =>
    (await rowsOf('group_by=key,model')).find((row) => row['virtual_key_id'] === key.id);
  await expect.poll(own).toEqual({
    virtual_key_id: key.id,
    virtual_key_name: key['name'],
    model: 'gpt-4',
    requests: 2,
    cached_requests: 1,
    errors: 0,
    input_tokens: 60,
    cached_tokens: 0,
    output_tokens: 40,
    cost_usd: 0.01,
    saved_by_cache_usd: 0.01,
    saved_by_routing_usd: 0,
    unpriced_requests: 0,
  });
  const csv = await bed.api('GET', '/usage?group_by=customer,key&format=csv');
  expect(csv.headers['content-type']).toMatch(/^text\/csv/);
  const [head, ...lines] = csv.text.split('\r\n');
  expect(head).toMatch(/^customer_id,customer_name,virtual_key_id,virtual_key_name,requests,cached_requests,errors,/);
  const line = lines.find((one) => one.includes(key.id));
  expect(line).toContain(`,'${String(customer['name'])},`);
  expect(line).toContain(`,"'${String(key['name']).replaceAll('"', '""')}",`);
  const accepted = await bed.api('GET', '/usage', undefined, { accept: 'text/csv' });
  expect(accepted.headers['content-type']).toMatch(/^text\/csv/);
  for (const query of [
    'group_by=colour',
    'from=yesterday',
    'to=2030-01-01',
    'limit=-1',
    'format=xml',
    'tz=Mars/X&group_by=day',
  ]) {
    const { status, json } = await bed.api('GET', `/usage?${query}`);
    expect([status, json], query).toEqual([400, { error: expect.any(String) as unknown }]);
  }
});

test('groups divide the rows: every grouping adds up to the totals', async () => {
  const key = await bed.make('virtual-keys');
  for (const model of ['gpt-4', 'gpt-4o-mini', 'claude-3-5-sonnet-20240620']) await bed.chat(valueOf(key), { model });
  const total = async (group: string): Promise<unknown[]> => {
    const { json } = await bed.api('GET', `/usage?group_by=${group}&to=2999-01-01T00:00:00Z`);
    const rows = json['rows'] as { requests: number }[];
    const { requests } = json['totals'] as { requests: number };
    return [rows.reduce((sum, row) => sum + row.requests, 0) - requests, json['count'] === rows.length];
  };
  await expect
    .poll(async () => {
      const { json } = await bed.api('GET', '/usage?group_by=key');
      return (json['rows'] as { virtual_key_id: string; requests: number }[]).find(
        (row) => row.virtual_key_id === key.id,
      )?.requests;
    })
    .toBe(3);
  for (const group of ['key', 'user', 'team', 'customer', 'model', 'endpoint', 'provider', 'day', 'key,model,day']) {
    expect(await total(group), group).toEqual([0, true]);
  }
});

test('a request without a price is told, and is not 0 in silence', async () => {
  const unpriced = await startGoverned({
    config: { prices: { other: { input: 1, output: 1 } } },
    models: (endpoint) => ({ 'home-made': { endpoints: [endpoint] } }),
  });
  try {
    const key = await unpriced.make('virtual-keys', budget(1));
    expect(verdict(await unpriced.chat(valueOf(key), { model: 'home-made' }))).toBe('200 ok');
    const totals = async (): Promise<unknown> => (await unpriced.api('GET', '/usage')).json['totals'];
    await expect.poll(totals).toMatchObject({ requests: 1, unpriced_requests: 1, cost_usd: 0 });
    expect((await unpriced.api('GET', '/debug/stats')).text).toMatch(/"unpriced":\{"\w+":1\}/);
  } finally {
    await unpriced.close();
  }
});
