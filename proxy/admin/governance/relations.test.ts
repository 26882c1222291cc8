import { expect, test } from 'vitest';
import { startApi, type Api, type Entity } from './api.fixture.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const BUDGET = { max_limit: 100, reset_duration: '1h' };

async function entity(api: Api, path: string): Promise<Entity> {
  const { status, body } = await api.get(path);
  expect(status).toBe(200);
  return Object.values(body as Record<string, Entity>)[0]!;
}

test('a customer shows its teams: with a whole budget, or without that member', async () => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c' });
  const rich = await api.make('/teams', { name: 'rich', customer_id: customer.id, budget: BUDGET });
  api.clock.advance(1);
  const poor = await api.make('/teams', { name: 'poor', customer_id: customer.id });
  expect(rich).toMatchObject({ customer_id: customer.id, customer: { id: customer.id, name: 'c' } });
  const { teams, virtual_keys } = await entity(api, `/customers/${customer.id}`);
  expect(virtual_keys).toBeNull();
  expect(teams).toMatchObject([
    { id: rich.id, customer_id: customer.id, budget_id: rich['budget_id'], budget: rich['budget'] },
    { id: poor.id, customer_id: customer.id },
  ]);
  expect((teams as object[])[1]).not.toHaveProperty('budget');
  expect((await api.get('/customers')).body).toMatchObject({ customers: [{ teams }] });
});

test('a key on a team or on a customer: setting one clears the other and its relation', async () => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c', budget: BUDGET });
  const team = await api.make('/teams', { name: 't', customer_id: customer.id });
  const key = await api.make('/virtual-keys', { name: 'k', team_id: team.id });
  expect(key).toMatchObject({
    team_id: team.id,
    team: { id: team.id, customer_id: customer.id },
    customer_id: null,
    customer: null,
  });
  expect(key['team']).not.toHaveProperty('customer');
  const put = async (body: object): Promise<Entity> => {
    expect((await api.put(`/virtual-keys/${key.id}`, body)).status).toBe(200);
    return entity(api, `/virtual-keys/${key.id}`);
  };
  expect(await put({ customer_id: customer.id })).toMatchObject({
    team_id: null,
    team: null,
    customer: { id: customer.id, budget: { max_limit: 100 } },
  });
  expect(await put({ team_id: team.id, customer_id: null })).toMatchObject({ team_id: team.id, customer: null });
  expect(await put({ team_id: null })).toMatchObject({ team_id: null, team: null, customer_id: null });
  expect(await put({ description: 'x' })).toMatchObject({ description: 'x', team_id: null });
  expect(await put({ description: null })).toMatchObject({ description: null });
});

test.each(['/virtual-keys', '/users'] as const)('%s: both owners, or unknown ones, are 400', async (path) => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c' });
  const team = await api.make('/teams', { name: 't' });
  const both = { team_id: team.id, customer_id: customer.id };
  const refused = await api.post(path, { name: 'a', ...both });
  expect([refused.status, (refused.body as { error: string }).error]).toEqual([
    400,
    expect.stringContaining('cannot be attached to both'),
  ]);
  const { id } = await api.make(path, { name: 'a' });
  expect((await api.put(`${path}/${id}`, both)).status).toBe(400);
  for (const body of [
    { team_id: UNKNOWN },
    { customer_id: UNKNOWN },
    { team_id: 5 },
    { customer_id: {} },
    { team_id: '' },
  ]) {
    expect((await api.post(path, { name: 'b', ...body })).status, JSON.stringify(body)).toBe(400);
    expect((await api.put(`${path}/${id}`, body)).status, JSON.stringify(body)).toBe(400);
  }
  expect((await api.post('/teams', { name: 'b', customer_id: UNKNOWN })).status).toBe(400);
});

test('a key lives on when its team or customer is deleted', async () => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c', budget: BUDGET });
  const team = await api.make('/teams', { name: 't', customer_id: customer.id, budget: BUDGET });
  const onTeam = await api.make('/virtual-keys', { name: 'a', team_id: team.id });
  const onCustomer = await api.make('/virtual-keys', { name: 'b', customer_id: customer.id });
  const user = await api.make('/users', { name: 'u', customer_id: customer.id });
  const shown = (await entity(api, `/teams/${team.id}`))['virtual_keys'];
  expect(shown).toMatchObject([{ id: onTeam.id, name: 'a', team_id: team.id }]);
  expect(JSON.stringify(shown)).not.toContain('sk-lp-');
  expect((await api.delete(`/customers/${customer.id}`)).status).toBe(200);
  expect(await entity(api, `/virtual-keys/${onCustomer.id}`)).toMatchObject({ customer_id: null, is_active: true });
  expect(await entity(api, `/teams/${team.id}`)).toMatchObject({ customer_id: null, customer: null });
  expect(await entity(api, `/users/${user.id}`)).toMatchObject({ customer_id: null });
  expect((await api.delete(`/teams/${team.id}`)).status).toBe(200);
  expect(await entity(api, `/virtual-keys/${onTeam.id}`)).toMatchObject({ team_id: null, value: onTeam['value'] });
  expect(await api.governance.store.counts()).toMatchObject({ budgets_count: 0, virtual_keys_count: 2 });
  const lookup = api.governance.directory.lookup(String(onTeam['value']), api.clock.now());
  expect(lookup).toMatchObject({ state: 'active', holder: { levels: [{ kind: 'virtual_key' }] } });
});

test('teams by customer: an unknown one has an empty list', async () => {
  const api = await startApi();
  const customer = await api.make('/customers', { name: 'c' });
  const team = await api.make('/teams', { name: 't', customer_id: customer.id });
  await api.make('/teams', { name: 'other' });
  expect((await api.get(`/teams?customer_id=${customer.id}`)).body).toMatchObject({
    teams: [{ id: team.id }],
    count: 1,
  });
  const none = await api.get(`/teams?customer_id=${UNKNOWN}`);
  expect([none.status, none.body]).toEqual([200, { teams: [], count: 0 }]);
});

test('names of teams and customers may repeat, those of keys may not', async () => {
  const api = await startApi();
  for (const path of ['/teams', '/customers', '/users'] as const) {
    await api.make(path, { name: 'same' });
    await api.make(path, { name: 'same' });
  }
  await api.make('/virtual-keys', { name: 'same' });
  const other = await api.make('/virtual-keys', { name: 'other' });
  for (const refused of [
    await api.post('/virtual-keys', { name: 'same' }),
    await api.put(`/virtual-keys/${other.id}`, { name: 'same', is_active: false }),
  ]) {
    expect([refused.status, (refused.body as { error: string }).error]).toEqual([
      400,
      expect.stringContaining('already exists'),
    ]);
  }
  expect(await entity(api, `/virtual-keys/${other.id}`)).toMatchObject({ name: 'other', is_active: true });
  expect((await api.put(`/virtual-keys/${other.id}`, { name: 'other' })).status).toBe(200);
});

test('users: external ids are unique, their keys are switched off with them, and carry them one level deep', async () => {
  const api = await startApi();
  const team = await api.make('/teams', { name: 't', budget: BUDGET });
  const user = await api.make('/users', {
    name: 'u',
    external_id: 'ext-1',
    team_id: team.id,
    budget: BUDGET,
    rate_limit: { request_max_limit: 5, request_reset_duration: '1m' },
  });
  expect(user).toMatchObject({
    team: { id: team.id },
    rate_limit: { request_max_limit: 5 },
    budget: { max_limit: 100 },
  });
  expect((await api.post('/users', { name: 'v', external_id: 'ext-1' })).body).toMatchObject({
    error: expect.stringContaining('already exists') as unknown,
  });
  expect((await api.post('/users', { name: 'v', external_id: 'x'.repeat(256) })).status).toBe(400);
  expect((await api.post('/virtual-keys', { name: 'k', user_id: UNKNOWN })).status).toBe(400);
  const key = await api.make('/virtual-keys', { name: 'k', user_id: user.id });
  expect(key).toMatchObject({ user: { id: user.id, team_id: team.id, budget: { max_limit: 100 } }, team_id: null });
  const chain = (): unknown => {
    const found = api.governance.directory.lookup(String(key['value']), api.clock.now());
    return 'holder' in found ? [found.state, found.holder.levels.map(({ kind }) => kind)] : [found.state];
  };
  expect(chain()).toEqual(['active', ['virtual_key', 'user', 'team']]);
  expect(api.governance.directory.user('ext-1')?.id).toBe(user.id);
  await api.put(`/users/${user.id}`, { is_active: false });
  expect(chain()).toEqual(['blocked', ['virtual_key', 'user', 'team']]);
  await api.put(`/users/${user.id}`, { is_active: true, external_id: null });
  expect(chain()).toEqual(['active', ['virtual_key', 'user', 'team']]);
  expect(api.governance.directory.user('ext-1')).toBeUndefined();
  expect((await entity(api, `/users/${user.id}`))['virtual_keys']).toMatchObject([{ id: key.id, name: 'k' }]);
  expect((await api.delete(`/users/${user.id}`)).status).toBe(200);
  expect(chain()).toEqual(['blocked', ['virtual_key']]);
  expect(await entity(api, `/virtual-keys/${key.id}`)).toMatchObject({ user_id: null, is_active: false });
  expect(await api.governance.store.counts()).toMatchObject({ rate_limits_count: 0, budgets_count: 1 });
});

test('customers: plan and trial', async () => {
  const api = await startApi();
  const trial = '2030-01-31T12:00:00+02:00';
  const customer = await api.make('/customers', { name: 'c', plan: 'pro', trial_ends_at: trial });
  expect(customer).toMatchObject({ plan: 'pro', trial_ends_at: trial });
  expect((await api.post('/customers', { name: 'c', plan: 'gold' })).status).toBe(400);
  expect((await api.post('/customers', { name: 'c', trial_ends_at: '2030-01-31' })).status).toBe(400);
  await api.put(`/customers/${customer.id}`, { plan: null, trial_ends_at: null });
  expect(await entity(api, `/customers/${customer.id}`)).toMatchObject({ plan: null, trial_ends_at: null });
});
