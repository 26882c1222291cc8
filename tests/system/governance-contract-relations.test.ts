import { afterAll, beforeAll, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import {
  budget,
  requestLimit,
  startGoverned,
  tokenLimit,
  type Entity,
  type Governed,
  type Plural,
} from './governed.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned({ config: { plans: { gold: {} } } });
});
afterAll(() => bed.close());

async function expectRefused(method: string, path: string, body: object, sentence: RegExp): Promise<void> {
  const { status, json } = await bed.api(method, path, body);
  expect([status, json]).toEqual([400, { error: expect.stringMatching(sentence) as unknown }]);
}

test('a fresh key: everything optional is null, and it has a value of its own', async () => {
  const key = await bed.make('virtual-keys', { name: 'fresh key', value: 'sk-lp-of-the-caller' });
  expect(key).toEqual({
    id: key.id,
    name: 'fresh key',
    description: null,
    value: expect.stringMatching(/^sk-lp-[\w-]{22,}$/) as unknown,
    is_active: true,
    allowed_models: null,
    allowed_providers: null,
    team_id: null,
    team: null,
    customer_id: null,
    customer: null,
    user_id: null,
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
    created_at: key['created_at'],
    updated_at: key['updated_at'],
  });
  expect(key['value']).not.toContain('of-the-caller');
});

test('a fresh customer has no teams ([]) and no loaded keys (null), a fresh team no loaded keys (null)', async () => {
  const customer = await bed.make('customers');
  expect(customer).toMatchObject({ teams: [], virtual_keys: null, budget: null, budget_id: null, plan: null });
  const team = await bed.make('teams', { customer_id: customer.id });
  expect(team).toMatchObject({ virtual_keys: null, customer_id: customer.id, customer: { id: customer.id } });
  expect((await bed.api('GET', '/customers')).json['customers']).toContainEqual(
    await bed.get('customers', customer.id),
  );
});

test('a team within a customer has customer_id, and its whole budget or no such member', async () => {
  const customer = await bed.make('customers');
  const rich = await bed.make('teams', { customer_id: customer.id, ...budget(5) });
  const poor = await bed.make('teams', { customer_id: customer.id });
  const shown = (await bed.get('customers', customer.id))['teams'] as Entity[];
  const of = ({ id }: Entity): Entity => shown.find((team) => team.id === id)!;
  expect(shown).toHaveLength(2);
  expect(of(rich)).toMatchObject({ customer_id: customer.id, budget: rich['budget'], budget_id: rich['budget_id'] });
  expect(of(poor)).toMatchObject({ customer_id: customer.id });
  expect(of(poor)).not.toHaveProperty('budget');
});

test('a key shows its team or customer one level deep, with the ids of those', async () => {
  const customer = await bed.make('customers', budget(9));
  const team = await bed.make('teams', { customer_id: customer.id });
  const onTeam = await bed.make('virtual-keys', { team_id: team.id });
  expect(onTeam).toMatchObject({ team: { id: team.id, customer_id: customer.id }, customer: null });
  expect(onTeam['team']).not.toHaveProperty('customer');
  const onCustomer = await bed.make('virtual-keys', { customer_id: customer.id });
  expect(onCustomer).toMatchObject({ team: null, customer: { id: customer.id, budget: { max_limit: 9 } } });
  expect((await bed.get('teams', team.id))['virtual_keys']).toMatchObject([{ id: onTeam.id }]);
  // The value is shown where the key itself is asked for.
  expect(JSON.stringify(await bed.get('teams', team.id))).not.toContain('sk-lp-');
  expect(JSON.stringify(await bed.get('customers', customer.id))).not.toContain('sk-lp-');
});

test.each<Plural>(['virtual-keys', 'users'])('%s: a team and a customer together are 400', async (plural) => {
  const customer = await bed.make('customers');
  const team = await bed.make('teams');
  const both = { team_id: team.id, customer_id: customer.id };
  await expectRefused('POST', `/${plural}`, { name: nonce(), ...both }, /cannot be attached to both/);
  const { id } = await bed.make(plural, { team_id: team.id });
  await expectRefused('PUT', `/${plural}/${id}`, both, /cannot be attached to both/);
  expect(await bed.get(plural, id)).toMatchObject({ team_id: team.id, customer_id: null });
});

test.each<Plural>(['virtual-keys', 'users'])('%s: setting team or customer clears the other', async (plural) => {
  const customer = await bed.make('customers');
  const team = await bed.make('teams');
  const { id } = await bed.make(plural, { team_id: team.id });
  expect(await bed.put(plural, id, { customer_id: customer.id })).toMatchObject({
    team_id: null,
    team: null,
    customer_id: customer.id,
    customer: { id: customer.id },
  });
  expect(await bed.put(plural, id, { team_id: team.id })).toMatchObject({
    team_id: team.id,
    team: { id: team.id },
    customer_id: null,
    customer: null,
  });
  expect(await bed.put(plural, id, { team_id: null })).toMatchObject({ team_id: null, team: null, customer_id: null });
});

test.each<[Plural, string]>([
  ['virtual-keys', 'team_id'],
  ['virtual-keys', 'customer_id'],
  ['virtual-keys', 'user_id'],
  ['teams', 'customer_id'],
  ['users', 'team_id'],
  ['users', 'customer_id'],
])('%s: an unknown %s is 400', async (plural, field) => {
  await expectRefused('POST', `/${plural}`, { name: nonce(), [field]: UNKNOWN }, new RegExp(field));
  const { id } = await bed.make(plural);
  for (const wrong of [UNKNOWN, 5, {}, true, '']) {
    await expectRefused('PUT', `/${plural}/${id}`, { [field]: wrong }, new RegExp(field));
  }
  expect(await bed.get(plural, id)).toMatchObject({ [field]: null });
});

test.each<[string, unknown]>([
  ['is_active', 'true'],
  ['is_active', 1],
  ['is_active', null],
  ['description', 5],
  ['allowed_models', 'gpt-4'],
  ['allowed_models', [4]],
  ['allowed_models', {}],
  ['allowed_providers', [null]],
  ['rate_limit', []],
  ['rate_limit', {}],
  ['rate_limit', { request_max_limit: 5 }],
  ['rate_limit', { token_max_limit: 5, request_reset_duration: '1h' }],
  ['rate_limit', { request_max_limit: 0, request_reset_duration: '1h' }],
  ['rate_limit', { request_max_limit: -1, request_reset_duration: '1h' }],
  ['rate_limit', { request_max_limit: 1.5, request_reset_duration: '1h' }],
  ['rate_limit', { request_max_limit: '5', request_reset_duration: '1h' }],
  ['rate_limit', { token_max_limit: 5, token_reset_duration: '0s' }],
  ['expires_at', '2030-01-01'],
  ['expires_at', '2030-01-01T00:00:00'],
  ['expires_at', '2030-02-30T00:00:00Z'],
  ['expires_at', 1_900_000_000],
  ['max_concurrency', 0],
  ['model_aliases', ['a']],
  ['model_limits', { 'gpt-4': {} }],
  ['provider_limits', { openai: { budget: { max_limit: 1 } } }],
  ['calendar', 'year'],
  ['time_zone', 'Mars/Olympus'],
])('a key whose %s is %j is 400, at its creation and later', async (field, value) => {
  await expectRefused('POST', '/virtual-keys', { name: nonce(), [field]: value }, /\.$/);
  const key = await bed.make('virtual-keys');
  await expectRefused('PUT', `/virtual-keys/${key.id}`, { description: 'x', [field]: value }, /\.$/);
  expect(await bed.get('virtual-keys', key.id)).toEqual(key);
});

test.each<[Plural, object, RegExp]>([
  ['customers', { plan: 'lead' }, /plan/],
  ['customers', { plan: 5 }, /plan/],
  ['customers', { trial_ends_at: 'soon' }, /trial_ends_at/],
  ['users', { external_id: 'x'.repeat(256) }, /external_id/],
  ['users', { external_id: 5 }, /external_id/],
  ['users', { is_active: 'no' }, /is_active/],
])('%s with %j are 400', async (plural, fields, sentence) => {
  await expectRefused('POST', `/${plural}`, { name: nonce(), ...fields }, sentence);
  const { id } = await bed.make(plural);
  await expectRefused('PUT', `/${plural}/${id}`, fields, sentence);
});

test('what customers and users have beside names is kept, and cleared by null', async () => {
  const given = { plan: 'gold', trial_ends_at: '2099-01-31T12:00:00+02:00' };
  const customer = await bed.make('customers', given);
  expect(customer).toMatchObject(given);
  expect(await bed.put('customers', customer.id, { plan: null, trial_ends_at: null })).toMatchObject({
    plan: null,
    trial_ends_at: null,
  });
  const user = await bed.make('users', { external_id: 'ext-7', ...budget(3), ...requestLimit(4) });
  expect(user).toMatchObject({ external_id: 'ext-7', is_active: true, rate_limit: { request_max_limit: 4 } });
  await expectRefused('POST', '/users', { name: 'other', external_id: 'ext-7' }, /already exists/);
  expect(await bed.put('users', user.id, { external_id: null, rate_limit: null })).toMatchObject({
    external_id: null,
    rate_limit: null,
    rate_limit_id: null,
    budget: { max_limit: 3 },
  });
});

test('names of keys are unique, those of teams, customers and users are not', async () => {
  const { name } = await bed.make('virtual-keys');
  await expectRefused('POST', '/virtual-keys', { name }, /already exists/);
  const other = await bed.make('virtual-keys');
  await expectRefused('PUT', `/virtual-keys/${other.id}`, { name, is_active: false }, /already exists/);
  expect(await bed.get('virtual-keys', other.id)).toEqual(other);
  for (const plural of ['teams', 'customers', 'users'] as const) {
    const first = await bed.make(plural, { name: 'same' });
    expect((await bed.make(plural, { name: 'same' })).id).not.toBe(first.id);
  }
});

test('of ten keys with one name at the same moment one is made, and ten values differ', async () => {
  const name = nonce();
  const answers = await Promise.all(Array.from({ length: 10 }, () => bed.api('POST', '/virtual-keys', { name })));
  expect(answers.map(({ status }) => status).toSorted((a, b) => b - a)).toEqual([
    ...Array.from({ length: 9 }, () => 400),
    201,
  ]);
  const values = await Promise.all(Array.from({ length: 10 }, () => bed.key()));
  expect(new Set(values).size).toBe(10);
});

test('the two windows of a rate limit are independent and merge member by member', async () => {
  const key = await bed.make('virtual-keys', tokenLimit(1_000));
  expect(key['rate_limit']).toMatchObject({
    id: key['rate_limit_id'],
    token_max_limit: 1_000,
    token_reset_duration: '1h',
    token_current_usage: 0,
    request_max_limit: null,
    request_reset_duration: null,
    request_current_usage: 0,
  });
  const both = await bed.put('virtual-keys', key.id, requestLimit(5, '1m'));
  expect(both['rate_limit']).toMatchObject({
    id: key['rate_limit_id'],
    token_max_limit: 1_000,
    request_max_limit: 5,
    request_reset_duration: '1m',
  });
  const raised = await bed.put('virtual-keys', key.id, { rate_limit: { request_max_limit: 6 } });
  expect(raised['rate_limit']).toMatchObject({
    request_max_limit: 6,
    request_reset_duration: '1m',
    token_max_limit: 1_000,
  });
  const one = await bed.put('virtual-keys', key.id, { rate_limit: { token_max_limit: null } });
  expect(one['rate_limit']).toMatchObject({ token_max_limit: null, request_max_limit: 6 });
  expect(await bed.put('virtual-keys', key.id, { rate_limit: null })).toMatchObject({
    rate_limit: null,
    rate_limit_id: null,
  });
});

test('allow lists: null, [] and names are three states, each comes back as it was given', async () => {
  const lists = { allowed_models: ['gpt-4', 'claude-*'], allowed_providers: ['openai'] };
  const key = await bed.make('virtual-keys', lists);
  expect(key).toMatchObject(lists);
  expect(await bed.put('virtual-keys', key.id, { description: 'x' })).toMatchObject(lists);
  expect(await bed.put('virtual-keys', key.id, { allowed_models: [] })).toMatchObject({ ...lists, allowed_models: [] });
  expect(await bed.put('virtual-keys', key.id, { allowed_models: null, allowed_providers: [] })).toMatchObject({
    allowed_models: null,
    allowed_providers: [],
  });
});

test('deleting: a key takes budget and rate limit along, a team and a customer theirs, and leave their keys alive', async () => {
  const counts = async (): Promise<Record<string, number>> =>
    (await bed.api('GET', '/debug/stats')).json['database_stats'] as Record<string, number>;
  const before = await counts();
  const customer = await bed.make('customers', budget(5));
  const team = await bed.make('teams', { customer_id: customer.id, ...budget(5) });
  const key = await bed.make('virtual-keys', { team_id: team.id, ...budget(5), ...requestLimit(100) });
  const direct = await bed.make('virtual-keys', { customer_id: customer.id });
  const value = String(key['value']);
  expect((await counts())['budgets_count']).toBe(before['budgets_count']! + 3);

  expect((await bed.api('DELETE', `/customers/${customer.id}`)).status).toBe(200);
  expect(await bed.get('teams', team.id)).toMatchObject({ customer_id: null, customer: null });
  expect(await bed.get('virtual-keys', direct.id)).toMatchObject({
    customer_id: null,
    customer: null,
    is_active: true,
  });
  expect((await bed.api('DELETE', `/teams/${team.id}`)).status).toBe(200);
  expect(await bed.get('virtual-keys', key.id)).toMatchObject({ team_id: null, team: null, value, is_active: true });
  expect((await bed.chat(value)).status).toBe(200);
  expect((await bed.api('DELETE', `/virtual-keys/${key.id}`)).status).toBe(200);
  const after = await counts();
  expect([after['budgets_count'], after['rate_limits_count'], after['teams_count']]).toEqual([
    before['budgets_count'],
    before['rate_limits_count'],
    before['teams_count'],
  ]);
  expect((await bed.chat(value)).status).toBe(403);
});

test('a user that is deleted switches its keys off and leaves nothing of its own', async () => {
  const user = await bed.make('users', budget(5));
  const key = await bed.make('virtual-keys', { user_id: user.id });
  expect(key).toMatchObject({ user: { id: user.id, name: user['name'] } });
  expect((await bed.api('DELETE', `/users/${user.id}`)).status).toBe(200);
  expect(await bed.get('virtual-keys', key.id)).toMatchObject({ is_active: false, user_id: null, user: null });
});

test('rotation: a new value, the same key', async () => {
  const key = await bed.make('virtual-keys', { ...budget(5), ...requestLimit(9) });
  const { status, json } = await bed.api('POST', `/virtual-keys/${key.id}/rotate`, { grace: '1h' });
  expect([status, json['message']]).toEqual([200, expect.any(String)]);
  const next = json['virtual_key'] as Entity;
  expect(next).toEqual({ ...key, value: next['value'], updated_at: next['updated_at'] });
  expect(next['value']).toMatch(/^sk-lp-/);
  expect(next['value']).not.toBe(key['value']);
  for (const grace of ['x', '-1h', {}, 5]) {
    await expectRefused('POST', `/virtual-keys/${key.id}/rotate`, { grace }, /grace/);
  }
  expect((await bed.api('POST', `/virtual-keys/${UNKNOWN}/rotate`, {})).status).toBe(404);
});
