import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { postgresMissing } from '../setup/postgres.ts';
import { sqliteFile, startReplica, testMock, testPostgres } from './governed-replicas.ts';
import { bearer, startGoverned, type Answer, type Entity, type Governed } from './governed.ts';

const TOKEN = 'admin-token-of-this-test';
const ADMIN = bearer(TOKEN);
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
/** What one replica has changed acts on the other within half a second, if the machine has time for it. */
const SOON = { timeout: 10_000, interval: 50 };

async function governed(): Promise<Governed> {
  const bed = await startGoverned({ token: TOKEN });
  onTestFinished(() => bed.close());
  return bed;
}

function preferences(
  at: Pick<Governed, 'call'>,
  method: string,
  id: string,
  body?: object,
  headers: Record<string, string> = ADMIN,
): Promise<Answer> {
  return at.call(`/api/v1/routing/preferences/${id}`, { method, headers, body });
}

const keyOf = ({ value }: Entity): Record<string, string> => bearer(String(value));

test('an administrator sets, changes and clears what a chain wants; each level goes with what it belongs to', async () => {
  const bed = await governed();
  const customer = await bed.make('customers');
  const team = await bed.make('teams', { customer_id: customer.id });
  const user = await bed.make('users', { team_id: team.id });
  const key = await bed.make('virtual-keys', { user_id: user.id });
  const stranger = await bed.make('virtual-keys');
  for (const { id } of [customer, team, user, key]) {
    const set = await preferences(bed, 'PUT', id, { default_tier: 'heavy', preferred_providers: ['Claude'] });
    const expected = { id, ...NONE, default_tier: 'heavy', preferred_providers: ['anthropic'] };
    expect([set.status, set.json]).toEqual([200, expected]);
    const own = await preferences(bed, 'GET', id, undefined, keyOf(key));
    expect([own.status, own.json]).toEqual([200, expected]);
    expect((await preferences(bed, 'GET', id, undefined, keyOf(stranger))).status).toBe(404);
    expect((await preferences(bed, 'PUT', id, { default_tier: 'micro' }, keyOf(key))).status).toBe(403);
    expect((await preferences(bed, 'DELETE', id, undefined, keyOf(key))).status).toBe(403);
    expect((await preferences(bed, 'GET', id, undefined, {})).status).toBe(401);
    const contrary = await preferences(bed, 'PUT', id, { min_tier: 'heavy', max_tier: 'micro' });
    expect([contrary.status, contrary.json]).toMatchObject([422, { detail: [{ loc: ['body', 'min_tier'] }] }]);
    expect((await preferences(bed, 'GET', id)).json).toEqual(expected);
  }
  expect((await preferences(bed, 'DELETE', team.id)).status).toBe(204);
  expect((await preferences(bed, 'DELETE', team.id)).status).toBe(204);
  expect((await preferences(bed, 'GET', team.id)).json).toEqual({ id: team.id, ...NONE });
  for (const [plural, { id }] of [
    ['virtual-keys', key],
    ['users', user],
    ['teams', team],
    ['customers', customer],
  ] as const) {
    expect((await bed.api('DELETE', `/${plural}/${id}`)).status).toBe(200);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await preferences(bed, method, id, method === 'PUT' ? {} : undefined)).status).toBe(404);
    }
  }
  const { json } = await bed.api('GET', '/audit?entity=preferences&limit=20');
  const log = json['audit_logs'] as Record<string, unknown>[];
  expect(log.map(({ actor, action, entity, entity_id: id }) => [actor, action, entity, id])).toEqual([
    ['administrator', 'delete', 'preferences', customer.id],
    ['administrator', 'delete', 'preferences', user.id],
    ['administrator', 'delete', 'preferences', key.id],
    ['administrator', 'delete', 'preferences', team.id],
    ['administrator', 'create', 'preferences', key.id],
    ['administrator', 'create', 'preferences', user.id],
    ['administrator', 'create', 'preferences', team.id],
    ['administrator', 'create', 'preferences', customer.id],
  ]);
});

test('a tier that one replica was told decides at the other, and no more once it is deleted', async (context) => {
  needsMock(context);
  const [database, mock] = [sqliteFile(), await testMock()];
  const terms = { database, mock, config: { catalog: CATALOG, prices: {} } };
  const [one, two] = [await startReplica(terms), await startReplica(terms)];
  const team = await one.make('teams');
  const key = await one.make('virtual-keys', { team_id: team.id });
  const tier = async (): Promise<unknown> => {
    const answer = await two.chat(String(key['value']), { model: 'auto' });
    return [answer.status, answer.headers['x-llmproxy-tier'], answer.headers['x-llmproxy-model']];
  };
  await expect.poll(tier, SOON).toEqual([200, 'micro', 'gpt-3.5-turbo']);
  expect((await preferences(one, 'PUT', team.id, { default_tier: 'complex' }, {})).status).toBe(200);
  await expect.poll(tier, SOON).toEqual([200, 'complex', 'gpt-4']);
  expect((await preferences(one, 'PUT', key.id, { max_tier: 'standard' }, {})).status).toBe(200);
  await expect.poll(tier, SOON).toEqual([200, 'standard', 'gpt-4o-mini']);
  expect((await preferences(one, 'DELETE', key.id, undefined, {})).status).toBe(204);
  expect((await preferences(one, 'DELETE', team.id, undefined, {})).status).toBe(204);
  await expect.poll(tier, SOON).toEqual([200, 'micro', 'gpt-3.5-turbo']);
});

const CATALOG = {
  'gpt-3.5-turbo': { provider: 'openai', quality: 60, price: { input: 0.1, output: 0.1 }, context_window: 128_000 },
  'gpt-4o-mini': { provider: 'openai', quality: 85, price: { input: 1, output: 1 }, context_window: 128_000 },
  'gpt-4': { provider: 'openai', quality: 95, price: { input: 10, output: 10 }, context_window: 128_000 },
  'claude-3-5-sonnet-20240620': { provider: 'anthropic', quality: 50, price: { input: 50, output: 50 } },
  'gemini-2.5-flash': { provider: 'gemini', quality: 50, price: { input: 50, output: 50 } },
};

const missing = postgresMissing();

test.skipIf(missing !== undefined)(
  `while the database is away preferences and usage are 503${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async (context) => {
    needsMock(context);
    const postgres = await testPostgres();
    const replica = await startReplica({ database: postgres.url, mock: await testMock() });
    const key = await replica.make('virtual-keys');
    await postgres.kill();
    for (const path of [`/api/v1/routing/preferences/${key.id}`, '/api/v1/routing/usage']) {
      for (const headers of [{}, keyOf(key)]) {
        const { status, headers: sent, json } = await replica.call(path, { method: 'GET', headers });
        expect([path, status, sent['retry-after'], json]).toEqual([
          path,
          503,
          '1',
          { detail: expect.any(String) as unknown },
        ]);
      }
    }
    await postgres.restart();
    const again = async (): Promise<number> => (await preferences(replica, 'GET', key.id, undefined, {})).status;
    await expect.poll(again, { timeout: 20_000 }).toBe(200);
  },
);
