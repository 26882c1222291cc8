import { expect, test } from 'vitest';
import { unavailable } from '../../governance/fault.ts';
import { ADMIN, routingBed, type Headers, type RoutingBed } from './routing.fixture.ts';

const UNKNOWN = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const NONE = {
  default_tier: null,
  min_tier: null,
  max_tier: null,
  auto_escalation: true,
  cache_aware: true,
  preferred_providers: [],
  max_cost_per_request_cents: null,
  monthly_budget_cents: null,
};
const EVERYTHING = {
  default_tier: 'standard',
  min_tier: 'micro',
  max_tier: 'heavy',
  auto_escalation: false,
  cache_aware: false,
  preferred_providers: ['anthropic', 'gemini'],
  max_cost_per_request_cents: 0,
  monthly_budget_cents: Number.MAX_SAFE_INTEGER,
};

interface Chain {
  readonly key: { readonly id: string; readonly key: Headers };
  readonly ids: readonly string[];
}

async function chainOf({ make }: RoutingBed): Promise<Chain> {
  const customer = await make('customer');
  const team = await make('team', { customer_id: customer.id });
  const user = await make('user', { team_id: team.id });
  const key = await make('virtual_key', { user_id: user.id });
  return { key, ids: [key.id, user.id, team.id, customer.id] };
}

test.each(['virtual_key', 'user', 'team', 'customer'] as const)(
  'preferences of a %s: none, set, changed in part, cleared by null, deleted twice',
  async (kind) => {
    const { call, make } = await routingBed();
    const { id } = await make(kind);
    const path = `/routing/preferences/${id}`;
    const expectBody = async (body: object): Promise<void> => {
      const answer = await call('get', path);
      expect([answer.status, answer.body]).toEqual([200, { id, ...body }]);
    };
    await expectBody(NONE);
    const set = await call('put', path, EVERYTHING);
    expect([set.status, set.body]).toEqual([200, { id, ...EVERYTHING }]);
    await expectBody(EVERYTHING);
    const part = await call('put', path, { default_tier: null, preferred_providers: ['Claude', 'vertex', 'google'] });
    expect(part.body).toEqual({ id, ...EVERYTHING, default_tier: null });
    // What GET answers may be sent back.
    expect((await call('put', path, part.body)).body).toEqual(part.body);
    const cleared = Object.fromEntries(Object.keys(NONE).map((name) => [name, null]));
    expect((await call('put', path, cleared)).body).toEqual({ id, ...NONE });
    await expectBody(NONE);
    await call('put', path, EVERYTHING);
    for (let times = 0; times < 2; times++) {
      const { status, text } = await call('delete', path);
      expect([status, text]).toEqual([204, '']);
    }
    await expectBody(NONE);
  },
);

test.each<[string, unknown, string, string]>([
  ['an unknown tier', { default_tier: 'huge' }, 'default_tier', 'enum'],
  ['a tier in capitals', { min_tier: 'Micro' }, 'min_tier', 'enum'],
  ['a number as a tier', { max_tier: 3 }, 'max_tier', 'enum'],
  ['a text as a truth value', { auto_escalation: 'true' }, 'auto_escalation', 'bool_type'],
  ['a number as a truth value', { cache_aware: 1 }, 'cache_aware', 'bool_type'],
  ['a text in place of a list', { preferred_providers: 'openai' }, 'preferred_providers', 'list_type'],
  ['a number as a provider', { preferred_providers: [1] }, 'preferred_providers', 'string_type'],
  ['an empty name', { preferred_providers: [''] }, 'preferred_providers', 'string_pattern_mismatch'],
  ['33 providers', { preferred_providers: Array(33).fill('openai') }, 'preferred_providers', 'too_long'],
  ['negative cents', { monthly_budget_cents: -1 }, 'monthly_budget_cents', 'greater_than_equal'],
  ['a part of a cent', { max_cost_per_request_cents: 0.5 }, 'max_cost_per_request_cents', 'int_type'],
  ['cents beyond what is exact', { monthly_budget_cents: 2 ** 53 }, 'monthly_budget_cents', 'int_type'],
  ['cents as a text', { monthly_budget_cents: '5' }, 'monthly_budget_cents', 'int_type'],
  ['an unknown member', { tier: 'micro' }, 'tier', 'extra_forbidden'],
  ['another id', { id: UNKNOWN }, 'id', 'enum'],
  ['the least tier above the greatest', { min_tier: 'heavy', max_tier: 'micro' }, 'min_tier', 'value_error'],
])('%s is 422 and changes nothing', async (_what, body, member, type) => {
  const { call, make } = await routingBed();
  const { id } = await make('virtual_key');
  const answer = await call('put', `/routing/preferences/${id}`, { default_tier: 'heavy', ...(body as object) });
  expect([answer.status, answer.body]).toEqual([
    422,
    { detail: [{ type, loc: ['body', member], msg: expect.any(String) as unknown }] },
  ]);
  expect((await call('get', `/routing/preferences/${id}`)).body).toEqual({ id, ...NONE });
});

test.each([
  [{ min_tier: 'heavy' }, { max_tier: 'standard' }, 'max_tier'],
  [{ max_tier: 'standard' }, { min_tier: 'versatile' }, 'min_tier'],
  [{ max_tier: 'standard' }, { min_tier: 'versatile', default_tier: 'heavy' }, 'min_tier'],
])('%j, then %j: the two together are refused', async (stored, change, member) => {
  const { call, make } = await routingBed();
  const { id } = await make('team');
  const path = `/routing/preferences/${id}`;
  await call('put', path, stored);
  const answer = await call('put', path, change);
  expect([answer.status, answer.body]).toMatchObject([422, { detail: [{ loc: ['body', member] }] }]);
  expect((await call('get', path)).body).toEqual({ id, ...NONE, ...stored });
  // Both at once may be moved past what is stored.
  const moved = await call('put', path, { min_tier: 'micro', max_tier: 'micro' });
  expect(moved.body).toMatchObject({ min_tier: 'micro', max_tier: 'micro' });
});

test('an id that nothing has is 404, whatever is done with it', async () => {
  const { call, faults } = await routingBed();
  for (const id of [UNKNOWN, 'x', '%00', encodeURIComponent("' or 1=1 --"), 'x'.repeat(4_000)]) {
    for (const [method, body] of [['get'], ['put', {}], ['delete']] as const) {
      const answer = await call(method, `/routing/preferences/${id}`, body);
      expect([answer.status, answer.body]).toEqual([404, { detail: expect.any(String) as unknown }]);
    }
  }
  expect(faults).toEqual([]);
});

test('a virtual key reads what its own chain has, and of nothing else that it exists', async () => {
  const bed = await routingBed();
  const { call, make } = bed;
  const { key, ids } = await chainOf(bed);
  const others = await chainOf(bed);
  const second = await make('virtual_key', { user_id: ids[1] });
  for (const id of ids) {
    await call('put', `/routing/preferences/${id}`, { monthly_budget_cents: 7 });
    const answer = await call('get', `/routing/preferences/${id}`, undefined, key.key);
    expect([answer.status, answer.body]).toEqual([200, { id, ...NONE, monthly_budget_cents: 7 }]);
  }
  const missing = await call('get', `/routing/preferences/${UNKNOWN}`, undefined, key.key);
  expect(missing.status).toBe(404);
  for (const id of [...others.ids, second.id]) {
    const answer = await call('get', `/routing/preferences/${id}`, undefined, key.key);
    expect([answer.status, answer.body]).toEqual([404, missing.body]);
  }
});

test('a virtual key writes nothing, not even what is its own: 403, whatever it sends', async () => {
  const bed = await routingBed();
  const { call, raw } = bed;
  const { key, ids } = await chainOf(bed);
  for (const id of [...ids, UNKNOWN]) {
    const path = `/routing/preferences/${id}`;
    await call('put', path, { default_tier: 'heavy' });
    const sent = [
      await call('put', path, { default_tier: 'micro' }, key.key),
      await raw('put', path, 'no json', { ...key.key, authorization: '' }),
      await call('delete', path, undefined, key.key),
    ];
    expect(sent.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(sent[0]?.body).toEqual({ detail: expect.stringContaining('administrator') as unknown });
    if (id !== UNKNOWN) expect((await call('get', path)).body).toMatchObject({ default_tier: 'heavy' });
  }
});

test('who may not operate the proxy and has no valid key is refused with 401 before anything is read', async () => {
  const bed = await routingBed();
  const { call, make } = bed;
  const off = await make('virtual_key', { is_active: false });
  const expired = await make('virtual_key', { expires_at: '2020-01-01T00:00:00Z' });
  const callers: Headers[] = [
    {},
    { authorization: 'Bearer wrong' },
    { 'x-bf-vk': 'sk-lp-unknown' },
    { 'x-bf-vk': '' },
    off.key,
    expired.key,
  ];
  for (const headers of callers) {
    for (const [method, path] of [
      ['get', `/routing/preferences/${off.id}`],
      ['put', `/routing/preferences/${off.id}`],
      ['delete', `/routing/preferences/${off.id}`],
      ['get', '/routing/usage'],
      ['get', '/routing/nothing'],
      ['post', '/routing'],
    ] as const) {
      const { status, body, headers: sent } = await call(method, path, undefined, headers);
      expect([status, body, sent['www-authenticate']]).toEqual([401, { detail: 'Not authenticated' }, 'Bearer']);
    }
  }
});

test('where administration is open to the caller, it is an administrator without a key and the holder with one', async () => {
  const { call, make } = await routingBed({ admin: 'open' });
  const { id, key } = await make('virtual_key');
  const path = `/routing/preferences/${id}`;
  const asked = async (method: 'get' | 'put', headers: Headers): Promise<number> =>
    (await call(method, path, method === 'put' ? {} : undefined, headers)).status;
  const local = { host: 'localhost' };
  expect([await asked('put', local), await asked('put', { ...local, ...key })]).toEqual([200, 403]);
  expect([await asked('get', { ...local, ...key }), await asked('get', { ...local, 'x-bf-vk': 'no' })]).toEqual([
    200, 401,
  ]);
  // It is not open to what another proxy has passed on, nor by another name.
  for (const foreign of [{ ...local, via: '1.1 proxy' }, { host: 'example.com' }]) {
    expect([await asked('put', foreign), await asked('get', { ...foreign, ...key })]).toEqual([401, 200]);
  }
});

test('the admin token counts beside a virtual key', async () => {
  const { call, make } = await routingBed();
  const { id, key } = await make('virtual_key');
  const answer = await call('put', `/routing/preferences/${id}`, { default_tier: 'micro' }, { ...ADMIN, ...key });
  expect([answer.status, answer.body]).toMatchObject([200, { default_tier: 'micro' }]);
});

test('a change and a deletion stand in the audit log, with what changed; what changes nothing does not', async () => {
  const bed = await routingBed();
  const { call, make } = bed;
  const { id } = await make('team');
  const path = `/routing/preferences/${id}`;
  await call('put', path, { default_tier: 'heavy', preferred_providers: [] });
  await call('put', path, { default_tier: 'heavy' });
  await call('put', path, { default_tier: 'micro', monthly_budget_cents: 5 });
  await call('put', path, { default_tier: 'nothing' });
  await call('delete', path);
  await call('delete', path);
  const { audit_logs, count } = await bed.bed.governance.store.audit({ entity: 'preferences', limit: 10, offset: 0 });
  expect(count).toBe(3);
  expect(
    audit_logs.map(({ actor, action, entity, entity_id, changes }) => [actor, action, entity, entity_id, changes]),
  ).toEqual([
    ['administrator', 'delete', 'preferences', id, ['default_tier', 'preferred_providers', 'monthly_budget_cents']],
    ['administrator', 'update', 'preferences', id, ['default_tier', 'monthly_budget_cents']],
    ['administrator', 'create', 'preferences', id, ['default_tier', 'preferred_providers']],
  ]);
});

test('while the database is away everyone hears 503, and when to come back', async () => {
  const away = (): never => {
    throw unavailable();
  };
  const { call, make, faults } = await routingBed({
    changes: { preferences: away, usage: away, lookup: () => ({ state: 'unavailable' }) },
  });
  const { id, key } = await make('virtual_key');
  for (const headers of [ADMIN, key]) {
    for (const path of [`/routing/preferences/${id}`, '/routing/usage']) {
      const answer = await call('get', path, undefined, headers);
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    }
  }
  expect(faults).toEqual([]);
});

test('what is no route of these is 404', async () => {
  const { call } = await routingBed();
  for (const [method, path] of [
    ['get', '/routing'],
    ['get', '/routing/preferences'],
    ['patch', `/routing/preferences/${UNKNOWN}`],
    ['post', '/routing/usage'],
    ['get', '/routing/usage/x'],
  ] as const) {
    const answer = await call(method, path);
    expect([answer.status, answer.body]).toEqual([404, { detail: 'Not Found' }]);
  }
});
