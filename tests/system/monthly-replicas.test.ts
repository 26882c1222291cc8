import { expect, test } from 'vitest';
import { sqliteFile, startReplica, testMock, testRedis } from './governed-replicas.ts';
import { verdict } from './governed.ts';

test('replicas share a month: a cap that one is told of holds on the other, from what both have spent', async () => {
  const shared = { database: sqliteFile(), redis: testRedis(), mock: await testMock() };
  const [one, two] = [await startReplica(shared), await startReplica(shared)];
  const made = await one.make('virtual-keys');
  const key = String(made['value']);
  await expect.poll(async () => verdict(await two.chat(key))).toBe('200 ok');
  expect(verdict(await one.chat(key))).toBe('200 ok');
  // Rows of the other replica are written within a quarter of a second.
  const spent = async (): Promise<unknown> => (await one.api('GET', '/usage')).json['totals'];
  await expect.poll(spent).toMatchObject({ requests: 2 });
  const put = await one.call(`/api/v1/routing/preferences/${made.id}`, {
    method: 'PUT',
    body: { monthly_budget_cents: 4 },
  });
  expect(put.status).toBe(200);
  expect(verdict(await one.chat(key))).toBe('200 ok');
  await expect.poll(async () => verdict(await two.chat(key)), { timeout: 10_000 }).toBe('402 budget_exceeded');
  await expect.poll(async () => verdict(await one.chat(key))).toBe('402 budget_exceeded');
});
