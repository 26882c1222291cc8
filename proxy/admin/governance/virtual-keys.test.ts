import { expect, test } from 'vitest';
import { startApi, type Api, type Entity } from './api.fixture.ts';

const PATH = '/virtual-keys';

async function put(api: Api, id: string, body: object): Promise<Entity> {
  const answer = await api.put(`${PATH}/${id}`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return (answer.body as { virtual_key: Entity }).virtual_key;
}

function stateOf(api: Api, value: unknown): string {
  return api.governance.directory.lookup(String(value), api.clock.now()).state;
}

test('the value is made here, differs each time, and cannot be set', async () => {
  const api = await startApi();
  const keys = await Promise.all([1, 2, 3].map((n) => api.make(PATH, { name: `k${n}`, value: 'sk-lp-mine' })));
  expect(new Set(keys.map(({ value }) => value)).size).toBe(3);
  const [key] = keys;
  expect((await put(api, key!.id, { value: 'sk-lp-mine', id: 'x', created_at: 'x' }))['value']).toBe(key!['value']);
  expect(stateOf(api, 'sk-lp-mine')).toBe('unknown');
  expect(stateOf(api, key!['value'])).toBe('active');
});

test('two windows of a rate limit are independent, merge field by field, and each needs its duration', async () => {
  const api = await startApi();
  const limit = { token_max_limit: 1_000, token_reset_duration: '1h' };
  const key = await api.make(PATH, { name: 'k', rate_limit: limit });
  expect(key['rate_limit']).toEqual({
    id: key['rate_limit_id'],
    ...limit,
    token_current_usage: 0,
    token_last_reset: key['created_at'],
    request_max_limit: null,
    request_reset_duration: null,
    request_current_usage: 0,
    request_last_reset: key['created_at'],
    created_at: key['created_at'],
    updated_at: key['created_at'],
  });
  expect((await api.put(`${PATH}/${key.id}`, { rate_limit: { request_max_limit: 5 } })).status).toBe(400);
  const both = await put(api, key.id, { rate_limit: { request_max_limit: 5, request_reset_duration: '1m' } });
  expect(both['rate_limit']).toMatchObject({ ...limit, request_max_limit: 5, request_reset_duration: '1m' });
  expect((await api.put(`${PATH}/${key.id}`, { rate_limit: { token_reset_duration: null } })).status).toBe(400);
  const one = await put(api, key.id, { rate_limit: { token_max_limit: null } });
  expect(one['rate_limit']).toMatchObject({ token_max_limit: null, request_max_limit: 5 });
  expect(await put(api, key.id, { rate_limit: null })).toMatchObject({ rate_limit: null, rate_limit_id: null });
});

test.each<[string, object]>([
  ['no limit at all', { rate_limit: {} }],
  ['tokens without a duration', { rate_limit: { token_max_limit: 5 } }],
  ['requests without a duration', { rate_limit: { request_max_limit: 5, token_reset_duration: '1h' } }],
  ['zero', { rate_limit: { token_max_limit: 0, token_reset_duration: '1h' } }],
  ['a negative number', { rate_limit: { request_max_limit: -5, request_reset_duration: '1h' } }],
  ['a fraction', { rate_limit: { request_max_limit: 1.5, request_reset_duration: '1h' } }],
  ['text', { rate_limit: { request_max_limit: '5', request_reset_duration: '1h' } }],
  ['a bad duration', { rate_limit: { request_max_limit: 5, request_reset_duration: '5 apples' } }],
  ['a list as rate limit', { rate_limit: [] }],
  ['is_active as text', { is_active: 'yes' }],
  ['is_active null', { is_active: null }],
  ['a description that is a number', { description: 5 }],
  ['models as text', { allowed_models: 'gpt-4' }],
  ['models that are numbers', { allowed_models: [4] }],
  ['providers as object', { allowed_providers: {} }],
  ['an expiry without zone', { expires_at: '2030-01-01T00:00:00' }],
  ['an expiry that is a day', { expires_at: '2030-01-01' }],
  ['an expiry on no day', { expires_at: '2030-02-30T00:00:00Z' }],
  ['an expiry at hour 24', { expires_at: '2030-02-03T24:00:00Z' }],
  ['an expiry as number', { expires_at: 1_900_000_000 }],
  ['no concurrency', { max_concurrency: 0 }],
  ['aliases as list', { model_aliases: [] }],
  ['an alias that is a number', { model_aliases: { a: 1 } }],
  ['an unknown calendar', { calendar: 'year' }],
  ['an unknown zone', { time_zone: 'Mars/Phobos' }],
  ['a model limit without limits', { model_limits: { 'gpt-4': {} } }],
  ['a provider limit with a bad budget', { provider_limits: { openai: { budget: { max_limit: 5 } } } }],
  ['a user as number', { user_id: 5 }],
])('%s is 400, at creation and later, and changes nothing', async (_what, body) => {
  const api = await startApi();
  const key = await api.make(PATH, { name: 'k' });
  for (const refused of [await api.post(PATH, { name: 'l', ...body }), await api.put(`${PATH}/${key.id}`, body)]) {
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({ error: expect.stringMatching(/\.$/) as unknown });
  }
  expect((await api.get(PATH)).body).toEqual({ virtual_keys: [key], count: 1 });
});

test('allow lists: null, empty and named', async () => {
  const api = await startApi();
  const lists = { allowed_models: ['gpt-4', 'claude-*'], allowed_providers: ['openai'] };
  const key = await api.make(PATH, { name: 'k', ...lists });
  expect(key).toMatchObject(lists);
  expect(api.governance.directory.key(key.id)).toMatchObject({ allowedModels: ['gpt-4', 'claude-*'] });
  expect(await put(api, key.id, { allowed_models: [] })).toMatchObject({ ...lists, allowed_models: [] });
  expect(api.governance.directory.key(key.id)).toMatchObject({ allowedModels: null });
  expect(await put(api, key.id, { allowed_providers: null })).toMatchObject({ allowed_providers: null });
});

test('expiry acts at its instant, whatever its zone', async () => {
  const api = await startApi();
  const soon = new Date(api.clock.now() + 60_000).toISOString().replace('Z', '+00:00');
  const key = await api.make(PATH, { name: 'k', expires_at: soon });
  expect(key['expires_at']).toBe(soon);
  expect(stateOf(api, key['value'])).toBe('active');
  api.clock.advance(60_000);
  expect(stateOf(api, key['value'])).toBe('expired');
  await put(api, key.id, { expires_at: null });
  expect(stateOf(api, key['value'])).toBe('active');
  const past = await api.make(PATH, { name: 'l', expires_at: '2001-01-01T00:00:00Z' });
  expect(stateOf(api, past['value'])).toBe('expired');
});

test('what the contract does not know: limits by name, aliases, concurrency, calendars', async () => {
  const api = await startApi();
  const budget = { max_limit: 9_223_372_036_854, reset_duration: '1d' };
  const key = await api.make(PATH, {
    name: 'k',
    model_limits: {
      'gpt-4': { budget },
      __proto__x: { rate_limit: { token_max_limit: 5, token_reset_duration: '1h' } },
    },
    provider_limits: { openai: { budget } },
    model_aliases: { fast: 'gpt-4o-mini' },
    max_concurrency: 3,
    calendar: 'month',
    time_zone: 'Europe/Berlin',
  });
  expect(key).toMatchObject({
    model_limits: { 'gpt-4': { budget: { ...budget, current_usage: 0 } } },
    provider_limits: { openai: { budget } },
    model_aliases: { fast: 'gpt-4o-mini' },
    max_concurrency: 3,
    calendar: 'month',
    time_zone: 'Europe/Berlin',
  });
  const idOf = (entity: Entity): unknown =>
    (entity['model_limits'] as Record<string, { budget: { id: string } }>)['gpt-4']!.budget.id;
  const raised = await put(api, key.id, { model_limits: { 'gpt-4': { budget: { ...budget, max_limit: 7 } } } });
  expect(idOf(raised)).toBe(idOf(key));
  expect(raised['model_limits']).toMatchObject({ 'gpt-4': { budget: { max_limit: 7 } } });
  expect(api.governance.directory.key(key.id)?.modelLimits.get('gpt-4')?.budget?.max).toBe(70_000_000n);
  expect(await put(api, key.id, { model_limits: null })).toMatchObject({ model_limits: null });
});

test('rotation: the old value works until the grace ends, id and limits stay', async () => {
  const api = await startApi();
  const key = await api.make(PATH, { name: 'k', budget: { max_limit: 5, reset_duration: '1h' } });
  const rotated = await api.post(`${PATH}/${key.id}/rotate`, { grace: '1h' });
  expect(rotated.status).toBe(200);
  const next = (rotated.body as { virtual_key: Entity; message: string }).virtual_key;
  expect(next).toEqual({ ...key, value: expect.stringMatching(/^sk-lp-/) as unknown, updated_at: next['updated_at'] });
  expect(next['value']).not.toBe(key['value']);
  const states = (...values: unknown[]): string[] => values.map((value) => stateOf(api, value));
  expect(states(key['value'], next['value'])).toEqual(['active', 'active']);
  api.clock.advance(3_599_999);
  expect(states(key['value'], next['value'])).toEqual(['active', 'active']);
  api.clock.advance(1);
  expect(states(key['value'], next['value'])).toEqual(['unknown', 'active']);

  const third = (await api.post(`${PATH}/${key.id}/rotate`)).body as { virtual_key: Entity };
  expect(states(next['value'], third.virtual_key['value'])).toEqual(['unknown', 'active']);
  for (const grace of ['x', '-1h', 5, '400d', {}]) {
    expect((await api.post(`${PATH}/${key.id}/rotate`, { grace })).status, JSON.stringify(grace)).toBe(400);
  }
  expect((await api.post(`${PATH}/${key.id}/rotate`, { grace: '0s' })).status).toBe(200);
  expect((await api.post(`${PATH}/unknown/rotate`)).status).toBe(404);
});

test('blocking, raising and deleting act on the next request', async () => {
  const api = await startApi();
  const key = await api.make(PATH, { name: 'k', budget: { max_limit: 5, reset_duration: '1h' } });
  await put(api, key.id, { is_active: false });
  expect(stateOf(api, key['value'])).toBe('blocked');
  await put(api, key.id, { is_active: true, budget: { max_limit: 6 } });
  const found = api.governance.directory.lookup(String(key['value']), api.clock.now());
  expect(found).toMatchObject({ state: 'active', holder: { key: { budget: { max: 60_000_000n } } } });
  await api.delete(`${PATH}/${key.id}`);
  expect(stateOf(api, key['value'])).toBe('unknown');
});

test('with amounts in USD two decimals are kept to the cent', async () => {
  const api = await startApi({ unit: 'usd' });
  const key = await api.make(PATH, { name: 'k', budget: { max_limit: 10.5, reset_duration: '1h' } });
  api.counters.used.set(String(key['budget_id']), { cost: 123_456_789n, tokens: 0, requests: 0 });
  const { body } = await api.get(`${PATH}/${key.id}`);
  expect(body).toMatchObject({ virtual_key: { budget: { max_limit: 10.5, current_usage: 0.123456789 } } });
  expect(api.governance.directory.key(key.id)?.budget?.max).toBe(10_500_000_000n);
  const refused = await api.post(PATH, { name: 'l', budget: { max_limit: 0.001, reset_duration: '1h' } });
  expect(refused.status).toBe(400);
});

test('concurrent changes: the last one wins whole', async () => {
  const api = await startApi();
  const key = await api.make(PATH, { name: 'k', budget: { max_limit: 1, reset_duration: '1h' } });
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      put(api, key.id, { description: `d${index}`, max_concurrency: index + 1, budget: { max_limit: index } }),
    ),
  );
  const { virtual_key } = (await api.get(`${PATH}/${key.id}`)).body as { virtual_key: Entity };
  const winner = Number(virtual_key['max_concurrency']) - 1;
  expect(virtual_key).toMatchObject({ description: `d${winner}`, budget: { max_limit: winner } });
  expect(api.governance.directory.key(key.id)).toMatchObject({
    maxConcurrency: winner + 1,
    budget: { max: BigInt(winner) * 10_000_000n },
  });
});
