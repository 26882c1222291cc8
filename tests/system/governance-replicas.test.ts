import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startRedis, type OwnRedis } from '../setup/redis.ts';
import { startProxy } from '../setup/services.ts';
import { nonce, sharedRedis } from './ask.ts';
import { budget, client, requestLimit, tokenLimit, verdict, type Entity, type Governed } from './governed.ts';

type Replica = ReturnType<typeof client>;

/** Two proxies on one SQLite file, in front of one mock; with `redis` they share it. */
async function replicas(redis?: object): Promise<{ one: Replica; two: Replica; calls: () => Promise<number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-replicas-'));
  const mock = await startMock();
  const config = {
    auth: { admin: 'open' },
    database: { url: join(folder, 'shared.db') },
    prices: { '*': { request: 0.01 } },
    models: { 'gpt-4': { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'k' }] } },
    ...(redis === undefined ? {} : { redis }),
  };
  const both = await Promise.all([startProxy({ config }), startProxy({ config })]);
  onTestFinished(async () => {
    await Promise.all(both.map((proxy) => proxy.stop()));
    await mock.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const [one, two] = both.map(({ url }) => client(url, {}));
  return { one: one!, two: two!, calls: async () => (await mock.requests()).length };
}

const valueOf = (entity: Entity): string => String(entity['value']);
const ask = async (at: Pick<Governed, 'chat'>, key: Entity): Promise<string> => verdict(await at.chat(valueOf(key)));
const usedAt = async (at: Pick<Governed, 'get'>, { id }: Entity): Promise<unknown[]> => {
  const { budget: money, rate_limit: rate } = (await at.get('virtual-keys', id)) as Record<
    string,
    Record<string, unknown> | null
  >;
  return [money?.['current_usage'], rate?.['request_current_usage'], rate?.['token_current_usage']];
};

/** What one replica has changed acts on the other within a second. */
const soon = { timeout: 1_000, interval: 20 };

test('two replicas start together on an empty database, and know what either of them is told within a second', async () => {
  const { one, two } = await replicas(sharedRedis());
  const key = await one.make('virtual-keys');
  await expect.poll(() => ask(two, key), soon).toBe('200 ok');
  await two.put('virtual-keys', key.id, { is_active: false });
  await expect.poll(() => ask(one, key), soon).toBe('403 virtual_key_blocked');
  await one.put('virtual-keys', key.id, { is_active: true, ...requestLimit(1_000_000) });
  await expect.poll(() => ask(two, key), soon).toBe('200 ok');
  await one.put('virtual-keys', key.id, { rate_limit: { request_max_limit: 1 } });
  await expect.poll(() => ask(two, key), soon).toBe('429 request_limited');
  await two.put('virtual-keys', key.id, { rate_limit: null, allowed_models: ['none'] });
  await expect.poll(() => ask(one, key), soon).toBe('403 model_blocked');
  const { json } = await one.api('POST', `/virtual-keys/${key.id}/rotate`, {});
  const next = json['virtual_key'] as Entity;
  await expect.poll(() => ask(two, key), soon).toBe('403 virtual_key_not_found');
  await two.put('virtual-keys', key.id, { allowed_models: null });
  await expect.poll(() => ask(one, next), soon).toBe('200 ok');
  expect((await two.api('DELETE', `/virtual-keys/${key.id}`)).status).toBe(200);
  await expect.poll(() => ask(one, next), soon).toBe('403 virtual_key_not_found');
});

test('without Redis changes are found in the database', async () => {
  const { one, two } = await replicas();
  const key = await one.make('virtual-keys');
  await expect.poll(() => ask(two, key)).toBe('200 ok');
  await one.put('virtual-keys', key.id, { is_active: false });
  await expect.poll(() => ask(two, key)).toBe('403 virtual_key_blocked');
});

test('with Redis a limit is one limit: exactly N of many pass on both together, and both say the same', async () => {
  const { one, two, calls } = await replicas(sharedRedis());
  const key = await one.make('virtual-keys', { ...requestLimit(10), ...budget(1_000) });
  await expect.poll(() => ask(two, key), soon).toBe('200 ok');
  const before = await calls();
  const answers = await Promise.all(Array.from({ length: 30 }, (_, at) => ask(at % 2 === 0 ? one : two, key)));
  expect(answers.filter((answer) => answer === '200 ok')).toHaveLength(9);
  expect(answers.filter((answer) => answer === '429 request_limited')).toHaveLength(21);
  expect(await calls()).toBe(before + 9);
  await expect.poll(() => usedAt(one, key)).toEqual([10, 10, 0]);
  await expect.poll(() => usedAt(two, key)).toEqual([10, 10, 0]);
});

test('budgets, tokens and a reset concern both replicas', async () => {
  const { one, two } = await replicas(sharedRedis());
  const key = await one.make('virtual-keys', { ...budget(2), ...tokenLimit(1_000_000) });
  await expect.poll(() => ask(two, key), soon).toBe('200 ok');
  expect(await ask(one, key)).toBe('200 ok');
  await expect.poll(() => usedAt(two, key)).toEqual([2, 0, expect.any(Number)]);
  expect([await ask(one, key), await ask(two, key)]).toEqual(['402 budget_exceeded', '402 budget_exceeded']);
  expect((await two.api('POST', '/usage-reset', { virtual_key_id: key.id })).status).toBe(200);
  expect(await usedAt(one, key)).toEqual([0, 0, 0]);
  expect(await ask(one, key)).toBe('200 ok');
  const requests = async (): Promise<unknown> => (await two.api('GET', '/usage')).json['totals'];
  await expect.poll(requests).toMatchObject({ requests: 5, errors: 2, cost_usd: 0.03 });
});

test('while Redis is away limits go on, /health says so, and what was counted is there when it is back', async () => {
  const redis: OwnRedis = await startRedis();
  onTestFinished(() => redis.stop());
  const { one, two } = await replicas({ url: redis.url, prefix: nonce() });
  const key = await one.make('virtual-keys', requestLimit(4));
  const health = async (at: Replica): Promise<unknown> => (await at.call('/health', { method: 'GET' })).json;
  await expect.poll(() => ask(one, key)).toBe('200 ok');
  await redis.kill();
  const answers: string[] = [];
  for (let at = 0; at < 5; at += 1) answers.push(await ask(one, key));
  await expect.poll(() => health(one)).toMatchObject({ status: 'degraded', limits_local: true });
  expect(answers).toEqual(['200 ok', '200 ok', '200 ok', '429 request_limited', '429 request_limited']);
  await redis.restart();
  await expect.poll(() => health(one)).toMatchObject({ limits_local: false });
  await expect.poll(() => health(two)).toMatchObject({ limits_local: false });
  await expect.poll(() => ask(two, key)).toBe('429 request_limited');
}, 60_000);
