import { describe, expect, test } from 'vitest';
import { SINGULAR, startApi } from './api.fixture.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const uuid: unknown = expect.stringMatching(UUID);
const time: unknown = expect.stringMatching(TIME);
const PATHS = Object.keys(SINGULAR) as (keyof typeof SINGULAR)[];

const FRESH = {
  '/virtual-keys': {
    name: 'fresh',
    description: null,
    value: expect.stringMatching(/^sk-lp-[\w-]{22,}$/) as unknown,
    is_active: true,
    allowed_models: null,
    allowed_providers: null,
    team_id: null,
    customer_id: null,
    user_id: null,
    team: null,
    customer: null,
    user: null,
    budget_id: null,
    budget: null,
    rate_limit_id: null,
    rate_limit: null,
    expires_at: null,
    max_concurrency: null,
    model_aliases: null,
    model_limits: null,
    provider_limits: null,
    calendar: null,
    time_zone: null,
  },
  '/teams': { name: 'fresh', customer_id: null, customer: null, budget_id: null, budget: null, virtual_keys: null },
  '/customers': {
    name: 'fresh',
    budget_id: null,
    budget: null,
    teams: [],
    virtual_keys: null,
    plan: null,
    trial_ends_at: null,
  },
  '/users': {
    name: 'fresh',
    external_id: null,
    is_active: true,
    team_id: null,
    customer_id: null,
    team: null,
    customer: null,
    budget_id: null,
    budget: null,
    rate_limit_id: null,
    rate_limit: null,
    virtual_keys: null,
  },
};

describe.each(PATHS)('%s', (path) => {
  const singular = SINGULAR[path];
  const plural = `${singular}s`;

  test('create, read, list, change, delete: every status and shape', async () => {
    const api = await startApi();
    expect((await api.get(path)).body).toEqual({ [plural]: [], count: 0 });
    const created = await api.post(path, { name: 'fresh' });
    expect(created.status).toBe(201);
    const entity = (created.body as Record<string, { id: string }>)[singular]!;
    expect(created.body).toEqual({ message: expect.any(String) as unknown, [singular]: entity });
    expect(entity).toEqual({ id: uuid, created_at: time, updated_at: time, ...FRESH[path] });

    const one = await api.get(`${path}/${entity.id}`);
    expect([one.status, one.body]).toEqual([200, { [singular]: entity }]);
    expect(one.headers['cache-control']).toBe('no-store');
    const list = await api.get(path);
    expect([list.status, list.body]).toEqual([200, { [plural]: [entity], count: 1 }]);

    api.clock.advance(5_000);
    const same = await api.put(`${path}/${entity.id}`, {});
    expect(same.status).toBe(200);
    expect(same.body).toEqual({
      message: expect.any(String) as unknown,
      [singular]: { ...entity, updated_at: time },
    });
    const renamed = await api.put(`${path}/${entity.id}`, { name: 'renamed', unheard_of: [1] });
    expect((renamed.body as Record<string, unknown>)[singular]).toEqual({
      ...entity,
      name: 'renamed',
      updated_at: time,
    });

    const gone = await api.delete(`${path}/${entity.id}`);
    expect([gone.status, gone.body]).toEqual([200, { message: expect.any(String) as unknown }]);
    for (const again of [
      await api.get(`${path}/${entity.id}`),
      await api.put(`${path}/${entity.id}`, { name: 'x' }),
      await api.delete(`${path}/${entity.id}`),
    ]) {
      expect([again.status, again.body]).toEqual([404, { error: expect.stringMatching(/\.$/) as unknown }]);
    }
    expect((await api.get(path)).body).toEqual({ [plural]: [], count: 0 });
  });

  test.each<[string, unknown]>([
    ['no body', undefined],
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a blank name', { name: '  ' }],
    ['a null name', { name: null }],
    ['a number as name', { name: 5 }],
    ['an object as name', { name: {} }],
    ['a long name', { name: 'x'.repeat(256) }],
    ['a name with NUL', { name: 'a\0b' }],
    ['half a surrogate pair', { name: '\ud800' }],
    ['an array', []],
    ['a budget without a limit', { name: 'a', budget: { reset_duration: '1h' } }],
    ['a budget without a duration', { name: 'a', budget: { max_limit: 1 } }],
    ['an empty budget', { name: 'a', budget: {} }],
    ['a budget that is text', { name: 'a', budget: '5' }],
    ['a negative limit', { name: 'a', budget: { max_limit: -1, reset_duration: '1h' } }],
    ['a fraction of a cent', { name: 'a', budget: { max_limit: 0.5, reset_duration: '1h' } }],
    ['a limit as text', { name: 'a', budget: { max_limit: '5', reset_duration: '1h' } }],
    ['a limit beyond 64 bits', { name: 'a', budget: { max_limit: 1e19, reset_duration: '1h' } }],
    ['a duration as number', { name: 'a', budget: { max_limit: 1, reset_duration: 60 } }],
    ...['', '0', '0s', '-1h', 'h', '1', '1x', '1 h', 'invalid', '1h-30m', '1H', '1y'].map((text): [string, unknown] => [
      `the duration "${text}"`,
      { name: 'a', budget: { max_limit: 1, reset_duration: text } },
    ]),
  ])('POST with %s is 400 and creates nothing', async (_what, body) => {
    const api = await startApi();
    const { status, body: answer } = await api.post(path, body);
    expect([status, answer]).toEqual([400, { error: expect.stringMatching(/^[^{]{5,200}\.$/) as unknown }]);
    expect((await api.get(path)).body).toMatchObject({ count: 0 });
  });

  test('a budget: created, merged field by field, cleared by null', async () => {
    const api = await startApi();
    const entity = await api.make(path, { name: 'a', budget: { max_limit: 100, reset_duration: '1M' } });
    const budget = entity['budget'];
    expect(budget).toEqual({
      id: entity['budget_id'],
      max_limit: 100,
      reset_duration: '1M',
      current_usage: 0,
      last_reset: time,
      created_at: time,
      updated_at: time,
    });
    const put = async (body: object): Promise<Record<string, unknown>> => {
      const answer = await api.put(`${path}/${entity.id}`, body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return (answer.body as Record<string, Record<string, unknown>>)[singular]!;
    };
    api.clock.advance(1_000);
    api.counters.used.set(String(entity['budget_id']), { cost: 450_000n, tokens: 0, requests: 0 });
    const raised = (await put({ budget: { max_limit: 200 } }))['budget'];
    expect(raised).toEqual({ ...(budget as object), max_limit: 200, current_usage: 0.045, updated_at: time });
    const slower = (await put({ budget: { reset_duration: '1h30m' } }))['budget'];
    expect(slower).toEqual({ ...(raised as object), reset_duration: '1h30m', updated_at: time });
    expect((await put({ budget: {} }))['budget']).toMatchObject({ max_limit: 200, reset_duration: '1h30m' });
    expect((await put({ name: 'b' }))['budget']).toMatchObject({ max_limit: 200 });
    expect(await put({ budget: null })).toMatchObject({ budget: null, budget_id: null });
    expect(api.counters.forgotten).toEqual([entity['budget_id']]);
    const refused = await api.put(`${path}/${entity.id}`, { budget: { max_limit: 5 } });
    expect(refused.status).toBe(400);
    expect(await put({ budget: { max_limit: 5, reset_duration: '1d' } })).toMatchObject({ budget: { max_limit: 5 } });
  });

  test.each([
    [0, '0'],
    [100_000_000_000, '100000000000'],
    [9_007_199_254_740_993n, '9007199254740993'],
    [2n ** 63n - 1n, '9223372036854775807'],
  ])('the limit %s round-trips to the digit', async (limit, text) => {
    const api = await startApi();
    const sent = `{"name":"a","budget":{"max_limit":${limit},"reset_duration":"1d"}}`;
    const created = await api.raw('post', path, sent);
    expect(created.status).toBe(201);
    expect(created.text).toContain(`"max_limit":${text},`);
    const { id } = (created.body as Record<string, { id: string }>)[singular]!;
    expect((await api.get(`${path}/${id}`)).text).toContain(`"max_limit":${text},`);
  });

  test('PUT is all or nothing', async () => {
    const api = await startApi();
    const entity = await api.make(path, { name: 'a', budget: { max_limit: 5, reset_duration: '1h' } });
    const before = (await api.get(`${path}/${entity.id}`)).body as unknown;
    for (const body of [
      { name: 'b', budget: { max_limit: -1 } },
      { name: 'b', budget: { reset_duration: 'never' } },
      { name: 'b', budget: { max_limit: null } },
      { budget: { max_limit: 7 }, name: null },
      { budget: { max_limit: 7 }, name: 7 },
    ]) {
      expect((await api.put(`${path}/${entity.id}`, body)).status).toBe(400);
    }
    expect((await api.get(`${path}/${entity.id}`)).body).toEqual(before);
  });

  test('deleting it deletes its budget', async () => {
    const api = await startApi();
    const entity = await api.make(path, { name: 'a', budget: { max_limit: 5, reset_duration: '1h' } });
    await api.delete(`${path}/${entity.id}`);
    expect(await api.governance.store.counts()).toMatchObject({ budgets_count: 0 });
    expect(api.counters.forgotten).toEqual([entity['budget_id']]);
  });

  test('lists: limit, offset, search, and all of a thousand', async () => {
    const api = await startApi();
    for (let index = 0; index < 20; index++) {
      api.clock.advance(1);
      await api.make(path, { name: index === 7 ? '100%_Sure\\' : `n${index}` });
    }
    const names = async (query: string): Promise<unknown> => {
      const { status, body } = await api.get(`${path}${query}`);
      expect(status).toBe(200);
      const entities = (body as Record<string, { name: string }[]>)[plural]!;
      return [entities.map(({ name }) => name), (body as { count: number }).count];
    };
    expect(await names('?limit=2&offset=3')).toEqual([['n3', 'n4'], 20]);
    expect(await names('?offset=18')).toEqual([['n18', 'n19'], 20]);
    expect(await names('?search=SURE')).toEqual([['100%_Sure\\'], 1]);
    for (const search of ['%', '_', '\\']) {
      expect(await names(`?search=${encodeURIComponent(search)}`)).toEqual([['100%_Sure\\'], 1]);
    }
    expect(await names("?search=' or 1=1 --")).toEqual([[], 0]);
    for (const query of ['?limit=-1', '?limit=x', '?offset=1.5', '?search=a&search=b', '?search=%00']) {
      expect((await api.get(`${path}${query}`)).status, query).toBe(400);
    }
    await Promise.all(
      Array.from({ length: 980 }, (_, index) => api.governance.store.create(singular, { name: `m${index}` }, 'x')),
    );
    const { body } = await api.get(path);
    expect([(body as Record<string, unknown[]>)[plural]!.length, (body as { count: number }).count]).toEqual([
      1_000, 1_000,
    ]);
  });
});
