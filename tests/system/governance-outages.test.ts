import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { postgresMissing } from '../setup/postgres.ts';
import { startRedis } from '../setup/redis.ts';
import { nonce } from './ask.ts';
import { budget, requestLimit, verdict } from './governed.ts';
import {
  counted,
  inParallel,
  ledgerRows,
  sqliteFile,
  startReplica,
  testMock,
  testPostgres,
  usageOf,
} from './governed-replicas.ts';

const missing = postgresMissing();
const SOON = { timeout: 20_000, interval: 100 };

test('Redis dies and comes back empty: keys go on, and what replicas have counted apart is added up', async (context) => {
  needsMock(context);
  await using redis = await ownRedis();
  const [database, mock] = [sqliteFile(), await testMock()];
  const terms = { database, mock, redis: { url: redis.url, prefix: `llmproxy-test-${nonce()}` } };
  const replicas = [await startReplica(terms), await startReplica(terms)];
  const [one, other] = [replicas[0]!, replicas[1]!];
  const key = await one.make('virtual-keys', { ...requestLimit(40, '1d'), ...budget(100_000, '1d') });
  const value = String(key['value']);
  await expect.poll(async () => verdict(await other.chat(value)), SOON).toBe('200 ok');
  const call = (index: number) => replicas[index % 2]!.chat(value);
  expect(counted(await inParallel(9, 3, call))).toEqual({ 200: 9 });
  await expect.poll(() => usageOf(other, key.id), SOON).toEqual({ cents: 10, requests: 10 });
  await redis.kill();
  expect(counted(await inParallel(10, 2, call))).toEqual({ 200: 10 });
  await redis.restart();
  for (const replica of replicas) {
    await expect.poll(() => usageOf(replica, key.id), SOON).toEqual({ cents: 20, requests: 20 });
  }
  expect(counted(await inParallel(30, 10, call))).toEqual({ 200: 20, '429 request_limited': 10 });
});

test('a restart with a Redis that has lost everything forgets no budget', async (context) => {
  needsMock(context);
  await using redis = await ownRedis();
  const [database, mock] = [sqliteFile(), await testMock()];
  const terms = { database, mock, redis: { url: redis.url, prefix: `llmproxy-test-${nonce()}` } };
  const before = await startReplica(terms);
  const key = await before.make('virtual-keys', budget(3, '1d'));
  const value = String(key['value']);
  expect(counted(await inParallel(4, 1, () => before.chat(value)))).toEqual({ 200: 3, '402 budget_exceeded': 1 });
  await before.proxy.stop();
  await redis.kill();
  await redis.restart();
  const after = await startReplica(terms);
  expect(verdict(await after.chat(value))).toBe('402 budget_exceeded');
  expect((await usageOf(after, key.id)).cents).toBe(3);
});

test.skipIf(missing !== undefined)(
  `Postgres dies and comes back${missing === undefined ? '' : ` (skipped: ${missing})`}: known keys go on, rows wait`,
  async (context) => {
    needsMock(context);
    const server = await testPostgres();
    const replica = await startReplica({ database: server.url });
    const key = await replica.make('virtual-keys', budget(100_000, '1d'));
    const value = String(key['value']);
    expect(verdict(await replica.chat('sk-lp-unknown'))).toBe('403 virtual_key_not_found');
    expect(counted(await inParallel(5, 2, () => replica.chat(value)))).toEqual({ 200: 5 });
    await server.kill();
    await expect.poll(async () => verdict(await replica.chat('sk-lp-unknown')), SOON).toBe('503 store_unavailable');
    expect(counted(await inParallel(20, 4, () => replica.chat(value)))).toEqual({ 200: 20 });
    const refused = await replica.api('POST', '/teams', { name: 'a team' });
    expect([refused.status, refused.headers['retry-after'], typeof refused.json['error']]).toEqual([
      503,
      '1',
      'string',
    ]);
    expect((await replica.api('GET', '/virtual-keys')).status).toBe(503);
    const health = await replica.call('/health', { method: 'GET' });
    expect([health.status, health.json['status']]).toEqual([200, 'degraded']);
    await server.restart();
    await expect.poll(async () => verdict(await replica.chat('sk-lp-unknown')), SOON).toBe('403 virtual_key_not_found');
    await expect.poll(() => ledgerRows(replica), SOON).toBe(25);
    expect((await usageOf(replica, key.id)).cents).toBe(25);
    expect((await replica.api('POST', '/teams', { name: 'a team' })).status).toBe(201);
  },
  60_000,
);

test('SQLite that another process has locked: known keys go on, administration says so, rows wait', async (context) => {
  needsMock(context);
  const database = sqliteFile();
  const replica = await startReplica({ database });
  const key = await replica.make('virtual-keys', budget(100_000, '1d'));
  const value = String(key['value']);
  const file = new DatabaseSync(database.replace('sqlite:', ''));
  file.exec('begin immediate');
  expect(counted(await inParallel(10, 2, () => replica.chat(value)))).toEqual({ 200: 10 });
  const refused = await replica.api('POST', '/teams', { name: 'a team' });
  expect([refused.status, typeof refused.json['error']]).toEqual([503, 'string']);
  expect(await ledgerRows(replica)).toBe(0);
  file.exec('rollback');
  file.close();
  await expect.poll(() => ledgerRows(replica), SOON).toBe(10);
  expect((await replica.api('POST', '/teams', { name: 'a team' })).status).toBe(201);
}, 60_000);

async function ownRedis() {
  const redis = await startRedis();
  return { ...redis, [Symbol.asyncDispose]: () => redis.stop() };
}
