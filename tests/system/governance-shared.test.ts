import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { postgresMissing, startPostgres } from '../setup/postgres.ts';
import { startRedis, type OwnRedis } from '../setup/redis.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { sharedRedis } from './ask.ts';
import { governedProcess, newKey, within, type Answer, type GovernedProcess } from './governed-process.ts';

const OPEN = {};
const env = { LLMPROXY_MASTER_KEY: '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210' };
const PRICES = { 'gpt-4o': { request: 0.01 } };

async function ownRedis(): Promise<OwnRedis> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return redis;
}

/** Two proxies over one database and one Redis. */
async function twoReplicas(redis: object): Promise<[GovernedProcess, GovernedProcess]> {
  const database = { url: join(tempFolder('shared'), 'shared.db') };
  const sections = { auth: { admin: 'open' }, database, redis, prices: PRICES };
  return [await governedProcess(sections, { env }), await governedProcess(sections, { env })];
}

function codes(answers: readonly Answer[]): string[] {
  return answers.map(({ status, body }) => (status === 200 ? 'ok' : String(within(body, 'error', 'code')))).toSorted();
}

function requestsOf(limit: number): object {
  return { rate_limit: { request_max_limit: limit, request_reset_duration: '1d' } };
}

async function spent(proxy: GovernedProcess, id: string): Promise<unknown> {
  return within(
    (await proxy.admin('GET', `/virtual-keys/${id}`, undefined, OPEN)).body,
    'virtual_key',
    'budget',
    'current_usage',
  );
}

test('of two replicas exactly N requests pass a limit of N, and a change on one acts on the other within a second', async () => {
  const [first, second] = await twoReplicas(sharedRedis());
  const { id, value } = await newKey(first, requestsOf(7), OPEN);
  await expect
    .poll(async () => (await second.get('/v1/models', { authorization: `Bearer ${value}` })).status)
    .toBe(200);
  const asked = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? first : second).chat(value, `number ${at}`));
  const answers = codes(await Promise.all(asked));
  expect(answers.filter((code) => code === 'ok')).toHaveLength(7);
  expect(answers.filter((code) => code === 'request_limited')).toHaveLength(13);
  for (const proxy of [first, second]) {
    const { body } = await proxy.admin('GET', `/usage-stats?virtual_key_id=${id}`, undefined, OPEN);
    expect(body['usage_stats']).toMatchObject([{ requests_current_usage: 7 }]);
  }
  await second.admin('PUT', `/virtual-keys/${id}`, { is_active: false }, OPEN);
  await expect
    .poll(async () => codes([await first.chat(value, 'x')]), { timeout: 1_000 })
    .toEqual(['virtual_key_blocked']);
  await first.admin('PUT', `/virtual-keys/${id}`, { is_active: true, ...requestsOf(8) }, OPEN);
  await expect.poll(async () => codes([await second.chat(value, 'x')]), { timeout: 1_000 }).toEqual(['ok']);
});

test('while Redis is away limits go on in each process, health says so, and what was counted is merged', async () => {
  const redis = await ownRedis();
  const [first, second] = await twoReplicas({ url: redis.url });
  const { id, value } = await newKey(
    first,
    { budget: { max_limit: 1000, reset_duration: '1d' }, ...requestsOf(6) },
    OPEN,
  );
  await expect
    .poll(async () => (await second.get('/v1/models', { authorization: `Bearer ${value}` })).status)
    .toBe(200);
  expect(codes([await first.chat(value, 'one'), await second.chat(value, 'two')])).toEqual(['ok', 'ok']);
  await redis.kill();
  expect(codes([await first.chat(value, 'three'), await second.chat(value, 'four')])).toEqual(['ok', 'ok']);
  await expect
    .poll(async () => (await first.get('/health')).body)
    .toMatchObject({ status: 'degraded', limits_local: true, redis_connected: false });
  expect((await first.admin('GET', '/debug/health', undefined, OPEN)).status).toBe(503);
  await redis.restart();
  const state = async (proxy: GovernedProcess): Promise<unknown> => (await proxy.get('/health')).body['limits_local'];
  await expect.poll(async () => [await state(first), await state(second)], { timeout: 20_000 }).toEqual([false, false]);
  await expect.poll(() => spent(first, id), { timeout: 10_000 }).toBe(4);
  const answers = [];
  for (let at = 0; at < 4; at += 1) answers.push(await second.chat(value, `more ${at}`));
  expect(codes(answers)).toEqual(['ok', 'ok', 'request_limited', 'request_limited']);
}, 60_000);

test.skipIf(postgresMissing())(
  'Postgres goes and comes back: known keys go on, unknown ones are not refused for good, rows wait',
  async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const sections = { auth: { admin: 'open' }, database: { url: postgres.url }, prices: PRICES };
    const proxy = await governedProcess(sections, { env });
    const { value } = await newKey(proxy, { budget: { max_limit: 1000, reset_duration: '1d' } }, OPEN);
    await proxy.chat(value, 'one');
    await postgres.kill();
    await expect
      .poll(async () => (await proxy.get('/health')).body)
      .toMatchObject({ status: 'degraded', database_connected: false });
    expect(codes([await proxy.chat(value, 'two'), await proxy.chat('sk-lp-unknown', 'x')])).toEqual([
      'ok',
      'store_unavailable',
    ]);
    expect((await proxy.admin('GET', '/virtual-keys', undefined, OPEN)).status).toBe(503);
    await postgres.restart();
    await expect
      .poll(async () => (await proxy.get('/health')).body['database_connected'], { timeout: 20_000 })
      .toBe(true);
    const rows = async (): Promise<unknown> =>
      within((await proxy.admin('GET', '/usage?group_by=key', undefined, OPEN)).body, 'totals', 'requests');
    await expect.poll(rows, { timeout: 20_000 }).toBe(2);
    expect(codes([await proxy.chat('sk-lp-unknown', 'x')])).toEqual(['virtual_key_not_found']);
  },
  90_000,
);
