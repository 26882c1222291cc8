import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { governedProcess, newKey, within, type GovernedProcess } from './governed-process.ts';

const LONG_LIVED = { auth: { admin: 'open' }, log: { level: 'info' } };
/** A request of one token in and out costs a whole cent. */
const DEAR = { 'gpt-4o': { request: 0.01 } };
const BUDGET = { budget: { max_limit: 100, reset_duration: '1d' } };
const RATES = { rate_limit: { request_max_limit: 3, request_reset_duration: '1d' } };

async function spent(proxy: GovernedProcess, id: string): Promise<number> {
  const { body } = await proxy.admin('GET', `/virtual-keys/${id}`, undefined, {});
  return within(body, 'virtual_key', 'budget', 'current_usage') as number;
}

async function rows(proxy: GovernedProcess): Promise<number> {
  return within((await proxy.admin('GET', '/usage', undefined, {})).body, 'totals', 'requests') as number;
}

test('a restart keeps keys, what they have spent, and their limits', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {}, prices: DEAR });
  const { id, value } = await newKey(proxy, { ...BUDGET, ...RATES }, {});
  for (const text of ['one', 'two', 'three']) expect((await proxy.chat(value, text)).status).toBe(200);
  expect((await proxy.chat(value, 'four')).body).toMatchObject({ error: { code: 'request_limited' } });
  expect(await spent(proxy, id)).toBe(3);
  await proxy.stop();
  await proxy.start();
  expect((await proxy.chat(value, 'five')).body).toMatchObject({ error: { code: 'request_limited' } });
  expect(await spent(proxy, id)).toBe(3);
  // Refused ones have a row as well.
  await expect.poll(() => rows(proxy)).toBe(5);
  const stats = await proxy.admin('GET', `/usage-stats?virtual_key_id=${id}`, undefined, {});
  expect(stats.body['usage_stats']).toMatchObject([{ requests_current_usage: 3 }]);
});

test('kill -9 loses no key and nothing that is older than a quarter of a second', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {}, prices: DEAR });
  const { id, value } = await newKey(proxy, BUDGET, {});
  for (const text of ['one', 'two', 'three']) await proxy.chat(value, text);
  // A quarter of a second, and time for the transactions on a machine that is busy.
  await after(600);
  const late = await newKey(proxy, { name: 'made last' }, {});
  await proxy.kill();
  await proxy.start();
  expect((await proxy.chat(late.value, 'x')).status).toBe(200);
  expect(await spent(proxy, id)).toBe(3);
  expect((await proxy.chat(value, 'four')).status).toBe(200);
  expect(await spent(proxy, id)).toBe(4);
  await expect.poll(() => rows(proxy)).toBe(5);
});

test('counters that were not kept are summed from the ledger before the first request', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {}, prices: DEAR });
  const team = await proxy.admin('POST', '/teams', { name: 't', ...BUDGET }, {});
  const teamId = String(within(team.body, 'team', 'id'));
  const fields = { ...BUDGET, ...RATES, team_id: teamId };
  const { id, value } = await newKey(proxy, fields, {});
  for (const text of ['one', 'two', 'three']) await proxy.chat(value, text);
  await proxy.stop();
  const database = new DatabaseSync(join(proxy.folder, 'data/llmproxy.db'));
  database.exec('delete from llmproxy_counters');
  database.close();
  await proxy.start();
  expect((await proxy.chat(value, 'four')).body).toMatchObject({ error: { code: 'request_limited' } });
  expect(await spent(proxy, id)).toBe(3);
  const { body } = await proxy.admin('GET', `/teams/${teamId}`, undefined, {});
  expect(within(body, 'team', 'budget', 'current_usage')).toBe(3);
});

test('a reset that was made before a restart stays one', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {}, prices: DEAR });
  const { id, value } = await newKey(proxy, BUDGET, {});
  await proxy.chat(value, 'one');
  await proxy.admin('POST', '/usage-reset', { virtual_key_id: id }, {});
  await proxy.chat(value, 'two');
  await proxy.stop();
  await proxy.start();
  expect(await spent(proxy, id)).toBe(1);
});

test('a reload changes prices, the unit of budgets and plans for the next request', async () => {
  const file = { ...LONG_LIVED, database: {} };
  const proxy = await governedProcess({ ...file, prices: DEAR });
  const { id, value } = await newKey(proxy, BUDGET, {});
  await proxy.chat(value, 'one');
  expect(await spent(proxy, id)).toBe(1);
  const trial = { name: 'c', plan: 'trial' };
  expect((await proxy.admin('POST', '/customers', trial, {})).status).toBe(400);
  const after_ = {
    ...file,
    prices: { 'gpt-4o': { request: 0.05 } },
    governance: { budget_unit: 'usd' },
    plans: { trial: {} },
  };
  await proxy.reload(after_);
  await proxy.chat(value, 'two');
  expect(await spent(proxy, id)).toBe(0.06);
  expect((await proxy.admin('POST', '/customers', trial, {})).status).toBe(201);
});

test('a change of the database says that it waits for the next start', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {} });
  await proxy.reload({ ...LONG_LIVED, database: { url: 'elsewhere.db' } });
  expect(proxy.started().stderr()).toContain('"setting":"database"');
});

test('a database of a newer version is refused in a sentence', async () => {
  const proxy = await governedProcess({ ...LONG_LIVED, database: {} });
  await proxy.stop();
  const database = new DatabaseSync(join(proxy.folder, 'data/llmproxy.db'));
  database.exec('insert into llmproxy_migrations (id) values (9999)');
  database.close();
  await expect(proxy.start()).rejects.toThrow(/schema version 9999.*Start the newer version/);
});

test('a database that is away at the start: it listens, is degraded, and keys are neither known nor unknown', async () => {
  const env = { LLMPROXY_MASTER_KEY: '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210' };
  const url = 'postgres://llmproxy@127.0.0.1:9/llmproxy';
  const proxy = await governedProcess({ ...LONG_LIVED, database: { url } }, { env });
  const { status, body } = await proxy.get('/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'degraded', database_connected: false });
  expect((await proxy.get('/health/ready')).status).toBe(200);
  const refused = await proxy.chat('sk-lp-unknown', 'x');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toMatchObject({ error: { code: 'store_unavailable' } });
  expect((await proxy.chat(undefined, 'x')).status).toBe(200);
  for (const path of ['/virtual-keys', '/usage', '/debug/health']) {
    expect((await proxy.admin('GET', path, undefined, {})).status).toBe(503);
  }
  expect(proxy.started().stderr()).not.toContain('llmproxy@');
});

interface Heard {
  readonly head: IncomingMessage;
  readonly text: string;
  readonly event: Record<string, unknown>;
}

/** A receiver that answers with these statuses, one after another, and then with 204. */
async function receiver(statuses: number[] = []): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const hear = async (head: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = (await buffer(head)).toString();
    heard.push({ head, text, event: JSON.parse(text) as Record<string, unknown> });
    response.writeHead(statuses.shift() ?? 204, { location: `http://127.0.0.1:9/` }).end();
  };
  const server = createServer((request, response) => void hear(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard };
}

test('the webhook hears of each threshold once, signed', async () => {
  const { url, heard } = await receiver();
  const governance = { webhook: { url, secret: 'the-secret-of-the-webhook' } };
  const proxy = await governedProcess({ ...LONG_LIVED, governance, prices: DEAR });
  const { id, value } = await newKey(proxy, { budget: { max_limit: 10, reset_duration: '1d' } }, {});
  for (let at = 1; at <= 11; at += 1)
    expect((await proxy.chat(value, `number ${at}`)).status).toBe(at <= 10 ? 200 : 402);
  await expect.poll(() => heard.length).toBe(3);
  expect(heard.map(({ event }) => event['threshold'])).toEqual([50, 80, 100]);
  expect(heard[0]!.event).toMatchObject({
    type: 'budget.threshold_reached',
    level: 'virtual_key',
    owner: { id, name: 'a key' },
    used: 5,
    max_limit: 10,
    unit: 'cents',
    virtual_key_id: id,
  });
  for (const { head, text } of heard) {
    const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(head.headers['x-llmproxy-signature'])) ?? [];
    expect(digest).toBe(createHmac('sha256', 'the-secret-of-the-webhook').update(`${seconds}.${text}`).digest('hex'));
    expect(text).not.toContain(value);
  }
  expect(proxy.started().stderr()).not.toContain('the-secret-of-the-webhook');
});

test('a webhook that fails is tried again, and its redirect is not followed', async () => {
  const { url, heard } = await receiver([302, 500]);
  const proxy = await governedProcess({ ...LONG_LIVED, governance: { webhook: { url } }, prices: DEAR });
  const { value } = await newKey(proxy, { budget: { max_limit: 1, reset_duration: '1d' } }, {});
  await proxy.chat(value, 'x');
  await expect.poll(() => heard.length, { timeout: 15_000 }).toBe(5);
  expect(heard.map(({ event }) => event['threshold'])).toEqual([50, 50, 50, 80, 100]);
  expect(new Set(heard.slice(0, 3).map(({ event }) => event['id'])).size).toBe(1);
}, 30_000);
