import { expect, test, vi } from 'vitest';
import type { ShownCheck, ShownConfiguration } from '../../proxy/admin/dashboard/configuration-views.ts';
import { MODEL } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startWorkers } from './workers-bed.ts';

// The test starts three processes.
vi.setConfig({ testTimeout: 60_000 });

const configOf = (ttl: string): object => ({
  server: { workers: 2, max_concurrency: 100 },
  log: { format: 'json' },
  cache: { ttl, namespace: '${TEST_NAMESPACE}' },
  models: { [MODEL]: { endpoints: [{ provider: 'mock' }] } },
});

test('each worker shows the configuration as the primary has read it, also after a reload; one that is refused changes nothing', async () => {
  const bed = await startWorkers(configOf('2d'), { env: { TEST_NAMESPACE: 'name-of-this-test', TEST_OTHER: '4001' } });
  const shown = async (): Promise<unknown[]> => {
    const answer = (await bed.get('/api/admin/configuration')) as unknown as ShownConfiguration;
    const valueOf = (path: string): unknown => answer.settings.find((one) => one.path === path)?.value;
    return [valueOf('cache.ttl'), valueOf('cache.namespace'), valueOf('server.max_concurrency')];
  };
  // Each call is a connection of its own, so both workers are asked.
  const all = async (): Promise<unknown[][]> => [await shown(), await shown(), await shown(), await shown()];
  const every = (ttl: string): unknown[][] => Array.from({ length: 4 }, () => [ttl, 'name-of-this-test', 100]);
  expect(await all()).toEqual(every('2d'));
  await bed.write(configOf('3d'));
  await expect.poll(() => bed.said('configuration reloaded').length).toBe(1);
  expect(await all()).toEqual(every('3d'));
  await bed.write(configOf('never'));
  await expect.poll(() => bed.said('the new configuration is refused').length).toBe(1);
  expect(await all()).toEqual(every('3d'));

  const check = async (text: string): Promise<ShownCheck> =>
    jsonOf(await send(`${bed.url}/api/admin/configuration/check`, { body: { text } })) as unknown as ShownCheck;
  const { faults, difference } = await check(JSON.stringify(configOf('4d')));
  expect([faults, difference.map(({ path, after }) => [path, after])]).toEqual([[], [['cache.ttl', '4d']]]);
  const other = await check(JSON.stringify({ ...configOf('3d'), server: { workers: 2, port: '${TEST_OTHER}' } }));
  expect(other.faults.map(({ message }) => message).join()).toContain('TEST_OTHER');
});
