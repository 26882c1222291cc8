import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ManualClock } from '../../core/clock.ts';
import { migrate } from '../../database/migrate.ts';
import { openDatabase, type Connection } from '../../database/open.ts';
import { GovernanceFault } from '../../governance/fault.ts';
import { ledgerRow, NOON } from '../../usage/ledger-rows.fixture.ts';
import { storedNames } from '../../usage/names.ts';
import { SqlLedger } from '../../usage/sql-ledger.ts';
import type { GovernanceRouterDeps } from '../governance/deps.ts';
import { governanceErrors } from '../governance/error-exit.ts';
import { usageRouter, type UsageRouterDeps } from './usage-router.ts';

const HOUR = 3_600_000;
const NOW = new Date(NOON + HOUR).toISOString();
const PATH = '/api/governance/usage';

let database: Connection;
let ledger: SqlLedger;

beforeEach(async () => {
  database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(database);
  ledger = new SqlLedger(database);
});
afterEach(() => database.close());

function application(changes: Partial<UsageRouterDeps> = {}): Express {
  const clock = new ManualClock(NOON + HOUR);
  const deps = { fault: () => {} } as unknown as GovernanceRouterDeps;
  return express()
    .set('query parser', 'simple')
    .use('/api/governance', usageRouter({ clock, ledger: () => ledger, names: storedNames(database), ...changes }))
    .use(governanceErrors(deps));
}

async function addKey(id: string, name: string): Promise<void> {
  const times = { created_at: NOW, updated_at: NOW };
  await database.write((transaction) =>
    transaction
      .insertInto('llmproxy_virtual_keys')
      .values({ id, name, digest: id, sealed_value: '', is_active: true, ...times } as never)
      .execute(),
  );
}

const NOTHING = {
  requests: 0,
  cached_requests: 0,
  errors: 0,
  input_tokens: 0,
  cached_tokens: 0,
  output_tokens: 0,
  cost_usd: 0,
  saved_by_cache_usd: 0,
  saved_by_routing_usd: 0,
  unpriced_requests: 0,
};

async function someRows(): Promise<void> {
  await addKey('k1', 'Anna');
  await ledger.insert([
    ledgerRow({ virtualKeyId: 'k1', cost: 450_000n, savedByRouting: 7_050_000n }),
    ledgerRow({
      virtualKeyId: 'k1',
      cost: 0n,
      savedByCache: 450_000n,
      cached: true,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
    }),
    ledgerRow({ virtualKeyId: 'gone', cost: null, model: 'new-model' }),
    ledgerRow({ status: 502, cost: 1n, at: NOON - 25 * HOUR }),
  ]);
}

test('without a query: one row of the last 30 days', async () => {
  await someRows();
  await ledger.insert([ledgerRow({ at: NOON - 31 * 24 * HOUR })]);
  const { status, body, headers } = await request(application()).get(PATH);
  const totals = {
    requests: 4,
    cached_requests: 1,
    errors: 1,
    input_tokens: 30,
    cached_tokens: 6,
    output_tokens: 15,
    cost_usd: 0.000450001,
    saved_by_cache_usd: 0.00045,
    saved_by_routing_usd: 0.00705,
    unpriced_requests: 1,
  };
  expect([status, body]).toEqual([
    200,
    { rows: [totals], totals, from: '2026-05-02T13:00:00.000Z', to: '2026-06-01T13:00:00.000Z', count: 1 },
  ]);
  expect(headers).toMatchObject({
    'content-type': expect.stringContaining('application/json'),
    'cache-control': 'no-store',
  });
});

test('an empty ledger is one row of nothing, and no group', async () => {
  expect((await request(application()).get(PATH)).body).toMatchObject({ rows: [NOTHING], totals: NOTHING, count: 1 });
  const grouped = await request(application()).get(`${PATH}?group_by=key,day`);
  expect(grouped.body).toMatchObject({ rows: [], totals: NOTHING, count: 0 });
});

test('keys have their names; a deleted one and no key are null', async () => {
  await someRows();
  const { body } = await request(application()).get(`${PATH}?group_by=key`);
  expect(
    body.rows.map((row: Record<string, unknown>) => [row['virtual_key_id'], row['virtual_key_name'], row['requests']]),
  ).toEqual([
    ['gone', null, 1],
    ['k1', 'Anna', 2],
    [null, null, 1],
  ]);
  expect(body.count).toBe(3);
});

test.each([
  ['user', ['user_id', 'user_name']],
  ['team', ['team_id', 'team_name']],
  ['customer', ['customer_id', 'customer_name']],
  ['model', ['model']],
  ['endpoint', ['endpoint']],
  ['provider', ['provider']],
  ['day', ['day']],
  ['day,model,key', ['day', 'model', 'virtual_key_id', 'virtual_key_name']],
  ['model, model', ['model']],
])('group_by=%s has the columns %j', async (groupBy, columns) => {
  await someRows();
  const { status, body } = await request(application()).get(PATH).query({ group_by: groupBy });
  expect([status, Object.keys(body.rows[0])]).toEqual([200, [...columns, ...Object.keys(NOTHING)]]);
});

test('days are of UTC, or of the zone that is asked for', async () => {
  await ledger.insert(
    ['2026-05-31T22:30:00Z', '2026-06-01T00:30:00Z'].map((text) => ledgerRow({ at: Date.parse(text) })),
  );
  const days = async (query: object): Promise<unknown> => {
    const { body } = await request(application())
      .get(PATH)
      .query({ group_by: 'day', ...query });
    return body.rows.map((row: Record<string, unknown>) => [row['day'], row['requests']]);
  };
  expect(await days({})).toEqual([
    ['2026-05-31', 1],
    ['2026-06-01', 1],
  ]);
  expect(await days({ tz: 'Europe/Berlin' })).toEqual([['2026-06-01', 2]]);
  expect(await days({ tz: 'America/New_York' })).toEqual([['2026-05-31', 2]]);
});

test('from is inclusive, to is exclusive, and a + that was not encoded is understood', async () => {
  await ledger.insert([0, 1, 2].map((index) => ledgerRow({ at: NOON + index })));
  const { body } = await request(application()).get(
    `${PATH}?from=2026-06-01T14:00:00.001+02:00&to=2026-06-01T12:00:00.002Z`,
  );
  expect(body).toMatchObject({
    totals: { requests: 1 },
    from: '2026-06-01T12:00:00.001Z',
    to: '2026-06-01T12:00:00.002Z',
  });
});

test('pages divide the rows, totals and count are of all', async () => {
  await ledger.insert(['a', 'b', 'c'].map((model) => ledgerRow({ model })));
  const page = async (query: object): Promise<unknown[]> => {
    const { body } = await request(application())
      .get(PATH)
      .query({ group_by: 'model', ...query });
    return [body.rows.map((row: { model: string }) => row.model), body.count, body.totals.requests];
  };
  expect(await page({ limit: 2 })).toEqual([['a', 'b'], 3, 3]);
  expect(await page({ limit: 2, offset: 2 })).toEqual([['c'], 3, 3]);
  expect(await page({ offset: 9 })).toEqual([[], 3, 3]);
});

test('a sum has more digits than a double', async () => {
  await ledger.insert([ledgerRow({ cost: 2n ** 62n }), ledgerRow({ cost: 2n ** 62n + 1n })]);
  const { text } = await request(application()).get(PATH);
  expect(text).toContain('"cost_usd":9223372036.854775809');
});

test.each([
  ['group_by=keys', 'group_by may name'],
  ['group_by=key;drop table llmproxy_ledger', 'group_by may name'],
  ['group_by=key,', 'group_by may name'],
  ['group_by=toString', 'group_by may name'],
  ['group_by=key&group_by=day', 'group_by is given more than once'],
  ['from=yesterday', 'from must be an RFC 3339 time'],
  ['from=2026-06-01T12:00:00', 'from must be an RFC 3339 time'],
  ['to=2026-02-30T12:00:00Z', 'to must be an RFC 3339 time'],
  ['from=2026-06-01T12:00:01Z&to=2026-06-01T12:00:00Z', 'from must not be after to'],
  ['tz=Mars', 'tz must be the name of a time zone'],
  ['limit=0', 'limit must be a whole number'],
  ['limit=1.5', 'limit must be a whole number'],
  ['limit=100001', 'limit must be a whole number'],
  ['offset=-1', 'offset must be a whole number'],
  ['format=xml', 'format must be csv or json'],
])('%s is refused', async (query, sentence) => {
  const { status, body } = await request(application()).get(`${PATH}?${query}`);
  expect([status, Object.keys(body)]).toEqual([400, ['error']]);
  expect(body.error).toContain(sentence);
});

test('rows by day are of ten years at most', async () => {
  await ledger.insert([ledgerRow({ at: 0 }), ledgerRow()]);
  const long = await request(application()).get(`${PATH}?group_by=day&from=1970-01-01T00:00:00Z`);
  expect([long.status, long.body.error]).toEqual([400, expect.stringContaining('ten years')]);
  const whole = await request(application()).get(`${PATH}?from=1970-01-01T00:00:00Z`);
  expect(whole.body.totals.requests).toBe(2);
  const sparse = await request(application()).get(`${PATH}?group_by=day&from=1990-01-01T00:00:00Z`);
  expect([sparse.status, sparse.body.error]).toEqual([400, expect.stringContaining('ten years')]);
});

test('a long time costs no more than the rows that lie in it', async () => {
  await ledger.insert([ledgerRow()]);
  const query = '?group_by=day&from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z';
  const { status, body } = await request(application()).get(PATH + query);
  expect([status, body.rows.map((row: { day: string }) => row.day)]).toEqual([200, ['2026-06-01']]);
});

test.each([
  ['?format=csv', undefined, 'text/csv'],
  ['', 'text/csv', 'text/csv'],
  ['?format=json', 'text/csv', 'application/json'],
  ['', 'application/json, text/csv', 'application/json'],
  ['', '*/*', 'application/json'],
])('%j with Accept %j is %s', async (query, accept, type) => {
  const asked = request(application()).get(PATH + query);
  const { headers } = await (accept === undefined ? asked : asked.set('accept', accept));
  expect(headers['content-type']).toContain(type);
  expect(headers['vary']?.toLowerCase()).toContain('accept');
});

test('CSV has a header, line ends of RFC 4180, quotes, and no cell that is a formula', async () => {
  const names = ['=1+1', '+1', '-1', '@a', 'a,"b"\nc', 'plain', ' =x'];
  await Promise.all(names.map((name, index) => addKey(`k${index}`, name)));
  await ledger.insert(names.map((_, index) => ledgerRow({ virtualKeyId: `k${index}`, cost: 1n })));
  await ledger.insert([ledgerRow({ cost: null })]);
  const { text, headers } = await request(application()).get(`${PATH}?group_by=key&format=csv`);
  const sums = '1,0,0,10,2,5,0.000000001,0,0,0';
  expect(text).toBe(
    [
      `virtual_key_id,virtual_key_name,${Object.keys(NOTHING).join(',')}`,
      `k0,'=1+1,${sums}`,
      `k1,'+1,${sums}`,
      `k2,'-1,${sums}`,
      `k3,'@a,${sums}`,
      `k4,"a,""b""\nc",${sums}`,
      `k5,plain,${sums}`,
      `k6, =x,${sums}`,
      ',,1,0,0,10,2,5,0,0,0,1',
      '',
    ].join('\r\n'),
  );
  expect(headers['content-disposition']).toContain('usage.csv');
});

test('a database that is away is 503, also before it was ever there', async () => {
  const never = application({
    ledger: () => {
      throw new GovernanceFault(503, 'Away.');
    },
  });
  await database.close();
  for (const one of [application(), never]) {
    const { status, headers, body } = await request(one).get(PATH);
    expect([status, headers['retry-after'], Object.keys(body)]).toEqual([503, '1', ['error']]);
  }
  database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
});

test('a failure of ours is 500 without its text', async () => {
  const broken = application({ names: () => Promise.reject(new Error('secret')) });
  await someRows();
  const { status, text } = await request(broken).get(`${PATH}?group_by=key`);
  expect(status).toBe(500);
  expect(text).not.toContain('secret');
});
