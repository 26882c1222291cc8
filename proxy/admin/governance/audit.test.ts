import { expect, test } from 'vitest';
import { startApi } from './api.fixture.ts';

const KEY = 'provider-key-canary-0001';

interface Log {
  readonly actor: string;
  readonly action: string;
  readonly entity: string;
  readonly entity_id: string;
  readonly changes: readonly string[];
}

test('changes of credentials are told with the names of what changed, the newest first, and nothing of a key', async () => {
  const api = await startApi();
  const [ada, bob] = [await api.make('/users', { name: 'ada' }), await api.make('/users', { name: 'bob' })];
  const { store, directory } = api.governance.providerKeys;
  const owner = { userId: ada.id, actor: `user:${ada.id}` };
  const credential = { provider: 'openai', apiKey: KEY, modelName: null, isDefault: false };
  const { id } = await store.create(owner, credential);
  await store.create({ userId: bob.id, actor: 'bob' }, credential);
  await store.update(owner, id, { apiKey: `${KEY}-2`, modelName: 'gpt-4o' });
  await store.setDefault(owner, id);
  const entry = directory.find(id);
  if (entry !== undefined) await store.stampValidated(entry, owner.actor);
  await store.remove(owner, id);
  const answer = await api.get(`/audit?entity=llm_credential&user_id=${ada.id}`);
  const { audit_logs: logs, count } = answer.body as { audit_logs: Log[]; count: number };
  expect([answer.status, count, answer.headers['cache-control']]).toEqual([200, 5, 'no-store']);
  expect(logs.map(({ action, changes }) => [action, changes])).toEqual([
    ['delete', ['user_id', 'provider', 'model_name', 'is_default', 'is_active', 'last_validated_at']],
    ['validate', ['last_validated_at']],
    ['default', ['is_default']],
    ['update', ['model_name', 'api_key']],
    ['create', ['user_id', 'provider', 'is_default', 'is_active', 'api_key']],
  ]);
  expect(logs[0]).toEqual({
    id: expect.any(String),
    at: expect.stringMatching(/Z$/),
    actor: owner.actor,
    action: 'delete',
    entity: 'llm_credential',
    entity_id: id,
    changes: expect.any(Array),
  });
  expect(JSON.stringify(answer.body)).not.toMatch(/canary|\*\*\*\*|sealed/);
});

test('other entities, pages and one entity; what is unknown or too much is refused', async () => {
  const api = await startApi();
  const key = await api.make('/virtual-keys', { name: 'k' });
  await api.put(`/virtual-keys/${key.id}`, { name: 'l', budget: { max_limit: 5, reset_duration: '1h' } });
  await api.make('/teams', { name: 't' });
  const logs = async (query: string): Promise<readonly Log[]> => {
    const { status, body } = await api.get(`/audit${query}`);
    expect(status).toBe(200);
    return (body as { audit_logs: Log[] }).audit_logs;
  };
  const all = await logs('');
  expect(all.map(({ entity, action }) => `${entity} ${action}`)).toEqual([
    'team create',
    'virtual_key update',
    'virtual_key create',
  ]);
  expect(all[1]?.changes).toEqual(['name', 'budget']);
  expect(await logs(`?entity_id=${key.id}`)).toEqual(all.slice(1));
  expect(await logs('?entity=virtual_key&limit=1&offset=1')).toEqual(all.slice(2));
  expect(await logs('?entity=override')).toEqual([]);
  for (const query of ['?entity=credential', '?limit=1001', '?limit=-1', '?offset=x', '?entity=user&entity=team']) {
    const { status, body } = await api.get(`/audit${query}`);
    expect([status, Object.keys(body as object)]).toEqual([400, ['error']]);
  }
});
