import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { governedProcess, newKey, within, type GovernedProcess } from './governed-process.ts';

const LIST_MODULES = pathToFileURL(fileURLToPath(new URL('../setup/list-modules.ts', import.meta.url))).href;
const OPEN = {};
const USED = '/usage?group_by=key';

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Names of the members of a folder that lets the proxy start. */
async function firstRefusal(sections: object, env: Record<string, string> = {}): Promise<string> {
  return governedProcess(sections, { env }).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
}

test.each([{ database: {} }, { governance: {} }])(
  '%j alone turns it on, with a token in a file for the owner alone',
  async (sections) => {
    const proxy = await governedProcess(sections);
    const data = join(proxy.folder, 'data');
    for (const name of ['llmproxy.db', 'llmproxy.db.admin-token', 'llmproxy.db.key']) {
      expect(modeOf(join(data, name))).toBe(0o600);
    }
    expect(proxy.token()).toMatch(/^[\w-]{43}$/);
    await expect.poll(() => proxy.started().stderr()).toContain(join(data, 'llmproxy.db.admin-token'));
    expect(proxy.started().stderr()).not.toContain(proxy.token());

    const without = await proxy.admin('GET', '/teams', undefined, OPEN);
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toBe('Bearer');
    expect(without.body).toEqual({ error: expect.stringContaining('admin token') });
    expect((await proxy.admin('GET', '/teams', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await proxy.admin('GET', '/teams')).body).toEqual({ teams: [], count: 0 });
    expect((await proxy.get('/health')).body).toMatchObject({
      status: 'healthy',
      database_connected: true,
      limits_local: false,
    });
  },
);

test('a key made over the API pays for its request, and reports say so', async () => {
  const proxy = await governedProcess({ database: {}, prices: { 'gpt-4o': { input: 2.5, output: 10 } } });
  const { id, value } = await newKey(proxy, { budget: { max_limit: 100, reset_duration: '1d' } });
  const answer = await proxy.chat(value, 'hello');
  expect(answer.status).toBe(200);
  const { prompt_tokens: input, completion_tokens: output } = answer.body['usage'] as Record<string, number>;
  const cost = (input! * 2.5 + output! * 10) / 1e6;
  await expect.poll(async () => (await proxy.admin('GET', USED)).body['count']).toBe(1);
  expect((await proxy.admin('GET', USED)).body['rows']).toMatchObject([
    { virtual_key_id: id, virtual_key_name: 'a key', requests: 1, cost_usd: cost, unpriced_requests: 0 },
  ]);
  const { body } = await proxy.admin('GET', `/virtual-keys/${id}`);
  expect(within(body, 'virtual_key', 'budget', 'current_usage')).toBeCloseTo(cost * 100, 7);
  expect((await proxy.admin('GET', `/usage-stats?virtual_key_id=${id}`)).body['usage_stats']).toMatchObject([
    { virtual_key_id: id, requests_current_usage: 1, tokens_current_usage: input! + output! },
  ]);
  const metrics = await proxy.get('/metrics', { authorization: `Bearer ${proxy.token()}` });
  expect(metrics.body['text']).toContain('llmproxy_ledger_rows_written_total 1\n');
  expect(metrics.body['text']).toContain('llmproxy_virtual_keys_active 1\n');
});

test('without the sections nothing of it is loaded, its routes are unknown, and a key is no key', async () => {
  const list = join(tempFolder('modules'), 'list.txt');
  const env = { NODE_OPTIONS: `--import=${LIST_MODULES}`, LLMPROXY_TEST_MODULES: list };
  const proxy = await governedProcess({ plans: { free: { models: ['gpt-4o'], managed: false } } }, { env });
  expect((await proxy.chat('sk-lp-unknown', 'hello')).status).toBe(200);
  for (const path of ['/virtual-keys', '/usage', '/debug/health']) {
    const { status, body } = await proxy.admin('GET', path, undefined, OPEN);
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 'unknown_url' } });
  }
  expect(Object.keys((await proxy.get('/health')).body)).not.toContain('database_connected');
  expect((await proxy.get('/metrics')).body['text']).not.toContain('ledger');
  expect(existsSync(join(proxy.folder, 'data'))).toBe(false);
  const modules = readFileSync(list, 'utf8').split('\n');
  expect(modules.some((url) => url.endsWith('/proxy/composition.ts'))).toBe(true);
  const loaded =
    /\/proxy\/(?:database|governance|govern|usage|pipeline\/governed)\/|\/node_modules\/(?:kysely|pg|@pydantic)\/|^node:sqlite$/;
  expect(modules.filter((url) => loaded.test(url))).toEqual([]);
});

test('in memory everything works and nothing is written', async () => {
  const proxy = await governedProcess({ database: { url: ':memory:' }, auth: { admin: 'open' } });
  const { value } = await newKey(proxy, {}, OPEN);
  expect((await proxy.chat(value, 'hello')).status).toBe(200);
  expect((await proxy.chat('sk-lp-unknown', 'hello')).body).toMatchObject({ error: { code: 'virtual_key_not_found' } });
  expect(existsSync(join(proxy.folder, 'data'))).toBe(false);
});

test.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-prefix', 'x-real-ip', 'via'])(
  'where administration is open, a request with %s is not local',
  async (header) => {
    const proxy = await governedProcess({ governance: {}, auth: { admin: 'loopback' } });
    expect((await proxy.admin('GET', '/teams', undefined, OPEN)).status).toBe(200);
    const { status, body } = await proxy.admin('GET', '/teams', undefined, { [header]: 'for=192.0.2.1' });
    expect(status).toBe(401);
    expect(body).toEqual({ error: expect.stringContaining(header) });
    expect((await proxy.get('/stats', { [header]: '192.0.2.1' })).status).toBe(401);
  },
);

test('without keys a request that was passed on is local as ever', async () => {
  const proxy = await governedProcess({});
  expect((await proxy.get('/stats', { 'x-forwarded-for': '192.0.2.1', via: '1.1 a' })).status).toBe(200);
});

test('a reload closes administration when the file asks for it, and opens nothing when it takes the sections away', async () => {
  const proxy = await governedProcess({ database: {}, auth: { admin: 'open' } });
  expect(existsSync(join(proxy.folder, 'data/llmproxy.db.admin-token'))).toBe(false);
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await proxy.admin('GET', '/teams', undefined, headers)).status;
  expect(await status(OPEN)).toBe(200);
  await proxy.reload({ database: {} });
  const authorization = `Bearer ${proxy.token()}`;
  expect([await status(OPEN), await status({ authorization })]).toEqual([401, 200]);
  proxy.write({ auth: { admin: 'loopback' } });
  process.kill(proxy.started().pid, 'SIGHUP');
  await expect.poll(() => proxy.started().stderr()).toContain('"setting":"database"');
  expect([await status(OPEN), await status({ authorization })]).toEqual([401, 200]);
});

test('what cannot be secure is refused at the start, in a sentence', async () => {
  const open = { auth: { admin: 'open' } };
  expect(await firstRefusal({ database: { url: 'postgres://127.0.0.1:9/x' } })).toContain(
    'expected an auth.admin_token',
  );
  expect(await firstRefusal({ database: { url: ':memory:' } })).toContain('expected an auth.admin_token');
  const token = { auth: { admin_token: 'a-token' } };
  expect(await firstRefusal({ ...token, database: { url: 'postgres://127.0.0.1:9/x' } })).toContain(
    'LLMPROXY_MASTER_KEY is required with Postgres',
  );
  expect(await firstRefusal({ ...open, database: {} }, { LLMPROXY_MASTER_KEY: 'short' })).toContain(
    'LLMPROXY_MASTER_KEY is not a secret',
  );
  expect(await firstRefusal({ ...token, database: {}, server: { host: '0.0.0.0' } })).toContain(
    'LLMPROXY_MASTER_KEY is required on an address that is not loopback',
  );
  expect(await firstRefusal({ database: { url: 'mysql://x' } })).toContain('database.url: expected sqlite:PATH');
});

test('the environment names the database, and the configuration stands above it', async () => {
  const proxy = await governedProcess(
    { database: {}, auth: { admin: 'open' } },
    { env: { LLMPROXY_DATABASE_URL: 'file:from/here.db' } },
  );
  expect(existsSync(join(proxy.folder, 'from/here.db'))).toBe(true);
  await proxy.stop();
  proxy.write({ database: { url: 'sqlite:other.db' }, auth: { admin: 'open' } });
  await proxy.start();
  expect(existsSync(join(proxy.folder, 'other.db'))).toBe(true);
});

test('off loopback a request needs a key, and a server that lets others in without one says so', async () => {
  const env = { LLMPROXY_MASTER_KEY: '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210' };
  const auth = { admin_token: 'the-admin-token' };
  const proxy = await governedProcess({ database: {}, auth, server: { host: '0.0.0.0' } }, { env });
  const headers = { authorization: 'Bearer the-admin-token' };
  const local: Pick<GovernedProcess, 'admin'> = {
    admin: (method, path, body) => proxy.admin(method, path, body, headers),
  };
  const { value } = await newKey(local);
  expect((await proxy.chat(undefined, 'x')).body).toMatchObject({ error: { code: 'virtual_key_required' } });
  expect((await proxy.chat(value, 'x')).status).toBe(200);
  await proxy.stop();
  proxy.write({ database: {}, auth: { ...auth, require_key: false }, server: { host: '0.0.0.0', allow_public: true } });
  await proxy.start();
  expect((await proxy.chat(undefined, 'x')).status).toBe(200);
  await expect.poll(() => proxy.started().stderr()).toContain('auth.require_key is off while virtual keys are active');
});
