import { expect, test } from 'vitest';
import { ledgerRow, NOON } from '../../usage/ledger-rows.fixture.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import { routingBed } from './routing.fixture.ts';

const RECORD = {
  request_id: 'req_1',
  at: '2026-06-01T12:00:00.000Z',
  virtual_key_id: null,
  model_asked: 'gpt-4o',
  model: 'gpt-4o',
  provider: 'openai',
  complexity: null,
  tier: null,
  task: null,
  input_tokens: 10,
  cached_tokens: 2,
  output_tokens: 5,
  cost_usd: 0.000001,
  saved_by_routing_usd: 0,
  saved_by_cache_usd: 0,
  price_source: 'bundled',
  credential: 'system',
  cached: false,
  status: 200,
  latency_ms: 12,
};

interface Report {
  readonly records: readonly { readonly request_id: string }[];
  readonly totals: object;
}

async function ids(answer: Promise<{ body: unknown; status: number }>): Promise<[string[], unknown]> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(200);
  const { records, totals } = body as Report;
  return [records.map(({ request_id: id }) => id), (totals as { requests: number }).requests];
}

test('a record has every member, the newest comes first, and totals are exact', async () => {
  const { call, ledger } = await routingBed();
  await ledger.insert([
    ledgerRow(),
    ledgerRow({
      at: NOON + 2,
      requestId: 'req_2',
      virtualKeyId: 'k',
      modelAsked: 'auto',
      model: 'deepseek-chat',
      provider: 'deepseek',
      complexity: 'simple',
      tier: 'micro',
      task: 'chat',
      cost: 280_000n,
      savedByRouting: 7_220_000n,
    }),
    ledgerRow({ at: NOON + 1, requestId: 'req_3', cost: 0n, savedByCache: 9_007_199_254_740_993n, cached: true }),
  ]);
  const { status, text } = await call('get', '/routing/usage');
  const { records, totals } = JSON.parse(text) as Report;
  expect(status).toBe(200);
  expect(records).toEqual([
    {
      ...RECORD,
      request_id: 'req_2',
      at: '2026-06-01T12:00:00.002Z',
      virtual_key_id: 'k',
      model_asked: 'auto',
      model: 'deepseek-chat',
      provider: 'deepseek',
      complexity: 'simple',
      tier: 'micro',
      task: 'chat',
      cost_usd: 0.00028,
      saved_by_routing_usd: 0.00722,
    },
    expect.objectContaining({ request_id: 'req_3', cached: true, cost_usd: 0, saved_by_routing_usd: 0 }),
    RECORD,
  ]);
  expect(totals).toMatchObject({ requests: 3, cost_usd: 0.000281, saved_by_routing_usd: 0.00722 });
  // No digit is lost on the way: a double has not that many.
  expect(text.match(/"saved_by_cache_usd":9007199\.254740993/g)).toHaveLength(2);
});

test.each<[string, Partial<LedgerRow>, object]>([
  ['a price that is not known', { cost: null }, { cost_usd: null, saved_by_routing_usd: 0, saved_by_cache_usd: 0 }],
  ['a hit on an answer without a price', { cached: true, cost: 0n }, { cost_usd: 0, saved_by_cache_usd: null }],
  ['a request of auto without a reference', { tier: 'micro' }, { saved_by_routing_usd: null }],
])('%s is null, what does not apply is 0; the request counts', async (_what, row, members) => {
  const { call, ledger } = await routingBed();
  await ledger.insert([ledgerRow(row)]);
  const { body } = await call('get', '/routing/usage');
  const { records, totals } = body as Report;
  expect(records[0]).toMatchObject(members);
  expect(totals).toMatchObject({ requests: 1, saved_by_cache_usd: 0, saved_by_routing_usd: 0 });
});

test('filters are taken together; limit bounds the records, not the totals', async () => {
  const { call, ledger } = await routingBed();
  const owners: Partial<LedgerRow>[] = [
    { virtualKeyId: 'k', userId: 'u', teamId: 't', customerId: 'c' },
    { virtualKeyId: 'k', userId: 'v', teamId: 't', customerId: 'c' },
    { virtualKeyId: 'l', userId: 'u', teamId: 's', customerId: 'c' },
    {},
  ];
  await ledger.insert(owners.map((owner, index) => ledgerRow({ ...owner, at: NOON + index, requestId: `r${index}` })));
  const asked = (query: string): Promise<[string[], unknown]> => ids(call('get', `/routing/usage${query}`));
  expect(await asked('')).toEqual([['r3', 'r2', 'r1', 'r0'], 4]);
  expect(await asked('?limit=2')).toEqual([['r3', 'r2'], 4]);
  expect(await asked('?virtual_key_id=&user_id=&team_id=&customer_id=&limit=100')).toEqual([
    ['r3', 'r2', 'r1', 'r0'],
    4,
  ]);
  expect(await asked('?virtual_key_id=k')).toEqual([['r1', 'r0'], 2]);
  expect(await asked('?user_id=u')).toEqual([['r2', 'r0'], 2]);
  expect(await asked('?team_id=t&user_id=u')).toEqual([['r0'], 1]);
  expect(await asked('?customer_id=c&limit=1')).toEqual([['r2'], 3]);
  expect(await asked('?customer_id=other')).toEqual([[], 0]);
});

test('a virtual key sees its own requests, whatever it asks for', async () => {
  const { call, make, ledger } = await routingBed();
  const user = await make('user');
  const mine = await make('virtual_key', { user_id: user.id });
  const other = await make('virtual_key', { user_id: user.id });
  await ledger.insert([
    ledgerRow({ virtualKeyId: mine.id, userId: user.id, requestId: 'mine' }),
    ledgerRow({ virtualKeyId: other.id, userId: user.id, requestId: 'other' }),
    ledgerRow({ requestId: 'of no key' }),
  ]);
  const asked = (query: string): Promise<[string[], unknown]> =>
    ids(call('get', `/routing/usage${query}`, undefined, mine.key));
  for (const query of ['', `?virtual_key_id=${mine.id}`, `?user_id=${user.id}`, '?virtual_key_id=']) {
    expect(await asked(query)).toEqual([['mine'], 1]);
  }
  for (const query of [`?virtual_key_id=${other.id}`, '?user_id=x', '?team_id=x', '?customer_id=x']) {
    expect(await asked(query)).toEqual([[], 0]);
  }
  expect(await ids(call('get', `/routing/usage?user_id=${user.id}`))).toEqual([expect.any(Array) as unknown, 2]);
});

test.each([
  ['limit=0', 422],
  ['limit=1', 200],
  ['limit=1000', 200],
  ['limit=1001', 422],
  ['limit=-1', 422],
  ['limit=1.5', 422],
  ['limit=', 422],
  ['limit=ten', 422],
  ['limit=1&limit=2', 422],
  [`user_id=${'x'.repeat(255)}`, 200],
  [`user_id=${'x'.repeat(256)}`, 422],
  ['team_id=a%00b', 422],
  ['customer_id=a&customer_id=b', 422],
  ['unheard_of=1', 200],
])('?%s is %d, for an administrator and for a key', async (query, status) => {
  const { call, make } = await routingBed();
  const { key } = await make('virtual_key');
  for (const headers of [undefined, key]) {
    const answer = await call('get', `/routing/usage?${query}`, undefined, headers);
    expect(answer.status).toBe(status);
    const name = query.slice(0, query.indexOf('='));
    if (status === 422) expect(answer.body).toMatchObject({ detail: [{ loc: ['query', name] }] });
  }
});
