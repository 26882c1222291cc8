import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BedOptions } from './bed.ts';
import { ask } from './governed-bed.ts';
import { errorOf, send, type RawAnswer } from './http.ts';
import { OWN, ownBed, type OwnBed } from './own-credentials-bed.ts';

const PREFERENCES = '/api/v1/routing/preferences';
/** An answer of the upstream has 1,000 tokens each way: 0.2 + 0.6 cents. */
const PRICE = { input: 2, output: 6 };

interface CappedBed extends OwnBed {
  readonly eve: string;
  readonly customer: string;
  readonly key: string;
  readonly prefer: (id: string, preferences: object) => Promise<void>;
}

/** A key of a user of a customer, and what is asked of its requests. */
async function cappedBed(plan: object = {}, config: BedOptions['config'] = {}): Promise<CappedBed> {
  const made = await ownBed({
    config: {
      catalog: { 'gpt-4o-mini': { price: PRICE } },
      cache: { enabled: false },
      plans: { free: plan },
      ...config,
    },
  });
  const { bed } = made;
  const create = (path: string, body: object) => ask(bed, undefined, 'POST', `/api/governance${path}`, body);
  const { body: customer } = await create('/customers', { name: 'Acme', plan: 'free' });
  const { id } = (customer as unknown as { customer: { id: string } }).customer;
  const { body: user } = await create('/users', { name: 'Eve', customer_id: id });
  const { body: key } = await create('/virtual-keys', { name: 'eve', user_id: user.user!.id });
  return {
    ...made,
    eve: key.virtual_key!.value,
    key: key.virtual_key!.id,
    customer: id,
    prefer: async (of, preferences) => {
      expect(await ask(bed, undefined, 'PUT', `${PREFERENCES}/${of}`, preferences)).toMatchObject({ status: 200 });
    },
  };
}

function said(answer: RawAnswer): string {
  return `${answer.status} ${answer.status < 400 ? 'ok' : String(errorOf(answer)['code'])}`;
}

// A prompt of "hello" has one token: 500 tokens of output at 6 USD a million are 0.3 cents.
test.each([
  ['without an output limit', {}, '200 ok', '402 request_cost_exceeded'],
  ['with one', { max_tokens: 10 }, '200 ok', '200 ok'],
  ['with a large one', { max_tokens: 100_000 }, '402 request_cost_exceeded', '402 request_cost_exceeded'],
])('the estimate %s is within the cap of the plan', async (_what, body, wide, narrow) => {
  const one = await cappedBed({ max_cost_per_request_cents: 10 }, { auto: { output_tokens: 500 } });
  expect(said(await one.chat(one.eve, 'hello', { body }))).toBe(wide);
  const two = await cappedBed({ max_cost_per_request_cents: 1 }, { auto: { output_tokens: 2_000 } });
  expect(said(await two.chat(two.eve, 'hello', { body }))).toBe(narrow);
});

test('the smallest cap of plan and preferences counts, and the message has cap and estimate', async () => {
  const { chat, eve, key, prefer, upstream } = await cappedBed({ max_cost_per_request_cents: 100 });
  expect(said(await chat(eve, 'hello', { body: { max_tokens: 10_000 } }))).toBe('200 ok');
  await prefer(key, { max_cost_per_request_cents: 5 });
  const refused = await chat(eve, 'hello', { body: { max_tokens: 10_000 } });
  expect(said(refused)).toBe('402 request_cost_exceeded');
  expect(errorOf(refused)['message']).toContain('0.05 USD');
  expect(errorOf(refused)['message']).toContain('0.060002 USD');
  expect(refused.headers['x-should-retry']).toBe('false');
  expect(upstream.requests).toHaveLength(1);
});

test('under a cap a model without a price is refused; a key of the user’s own is not concerned', async () => {
  const { chat, eve, store, upstream } = await cappedBed({ max_cost_per_request_cents: 1 });
  const body = { max_tokens: 10_000 };
  await store(eve, { provider: 'openai', api_key: OWN });
  expect(said(await chat(eve, 'hello', { body }))).toBe('200 ok');
  expect(said(await chat(eve, 'hello', { body, headers: { 'x-llmproxy-credential': 'system' } }))).toBe(
    '402 request_cost_exceeded',
  );
  expect(upstream.keys()).toEqual([OWN]);
  const priceless = await ownBed({
    config: { plans: { default: { max_cost_per_request_cents: 1 } }, auth: { admin: 'open', require_key: false } },
    moreModels: ([mock]) => ({
      mystery: { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-endpoint' }] },
    }),
  });
  const unknown = await ask(priceless.bed, undefined, 'POST', '/v1/chat/completions', {
    model: 'mystery',
    messages: [{ role: 'user', content: 'hello' }],
  });
  expect([unknown.status, unknown.body.error]).toMatchObject([
    402,
    { code: 'request_cost_exceeded', message: expect.stringContaining('unknown') },
  ]);
});

test('gates answer in their order: plan, rate limits, budgets, the cap of a request', async () => {
  const { bed, chat, eve, key, prefer } = await cappedBed({ max_cost_per_request_cents: 1 });
  const dear = { body: { max_tokens: 100_000 } };
  const put = (fields: object) => ask(bed, undefined, 'PUT', `/api/governance/virtual-keys/${key}`, fields);
  expect(said(await chat(eve, 'hello', dear))).toBe('402 request_cost_exceeded');
  await prefer(key, { monthly_budget_cents: 0 });
  expect(said(await chat(eve, 'hello', dear))).toBe('402 budget_exceeded');
  // What was refused was given back: the one request of the limit is still there.
  await put({ rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } });
  expect(said(await chat(eve, 'hello', dear))).toBe('402 budget_exceeded');
  await prefer(key, { monthly_budget_cents: null });
  expect(said(await chat(eve, 'hello', dear))).toBe('402 request_cost_exceeded');
  expect(said(await chat(eve, 'hello', { body: { max_tokens: 10 } }))).toBe('200 ok');
  expect(said(await chat(eve, 'hello', dear))).toBe('429 request_limited');
  await put({ allowed_models: ['none'] });
  expect(said(await chat(eve, 'hello', dear))).toBe('403 model_blocked');
});

test('a month may cost as much as the plan of the customer says', async () => {
  const { chat, eve, upstream, bed, customer } = await cappedBed({ monthly_budget_cents: 2 });
  const answers = [];
  for (let at = 0; at < 5; at += 1) answers.push(await chat(eve, 'hello'));
  expect(answers.map(said)).toEqual(['200 ok', '200 ok', '200 ok', '402 budget_exceeded', '402 budget_exceeded']);
  const message = String(errorOf(answers[3]!)['message']);
  expect(message).toContain('BUDGET EXCEEDED');
  expect(message).toContain('monthly');
  expect(message).toContain('2.4 of 2 cents');
  expect(answers[3]!.headers['x-should-retry']).toBe('false');
  expect(upstream.requests).toHaveLength(3);
  // Another key of the customer has the same month.
  const body = { name: 'other', customer_id: customer };
  const other = await ask(bed, undefined, 'POST', '/api/governance/virtual-keys', body);
  expect(said(await chat(other.body.virtual_key!.value, 'hello'))).toBe('402 budget_exceeded');
});

test('a cap that appears in the middle of a month counts what the month has cost, and one that is raised opens at once', async () => {
  const { chat, eve, key, prefer } = await cappedBed();
  for (let at = 0; at < 2; at += 1) expect(said(await chat(eve, 'hello'))).toBe('200 ok');
  await prefer(key, { monthly_budget_cents: 1 });
  expect(said(await chat(eve, 'hello'))).toBe('402 budget_exceeded');
  await prefer(key, { monthly_budget_cents: 2 });
  expect(said(await chat(eve, 'hello'))).toBe('200 ok');
  expect(said(await chat(eve, 'hello'))).toBe('402 budget_exceeded');
  await prefer(key, { monthly_budget_cents: null });
  expect(said(await chat(eve, 'hello'))).toBe('200 ok');
  await prefer(key, { monthly_budget_cents: 3 });
  expect(said(await chat(eve, 'hello'))).toBe('402 budget_exceeded');
});

test('a key of the user’s own goes on when the month is used up, and does not count', async () => {
  const { chat, eve, key, prefer, store, upstream } = await cappedBed();
  await store(eve, { provider: 'openai', api_key: OWN });
  for (let at = 0; at < 3; at += 1) expect(said(await chat(eve, 'hello'))).toBe('200 ok');
  await prefer(key, { monthly_budget_cents: 1 });
  const system = { headers: { 'x-llmproxy-credential': 'system' } };
  expect(said(await chat(eve, 'hello', system))).toBe('200 ok');
  expect(said(await chat(eve, 'hello', system))).toBe('200 ok');
  expect(said(await chat(eve, 'hello', system))).toBe('402 budget_exceeded');
  expect(said(await chat(eve, 'hello'))).toBe('200 ok');
  expect(upstream.keys().filter((used) => used === OWN)).toHaveLength(4);
});

test('a restart keeps what the month has cost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-month-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const database = { url: join(folder, 'llmproxy.db') };
  const first = await cappedBed({ monthly_budget_cents: 1 }, { database });
  for (let at = 0; at < 2; at += 1) expect(said(await first.chat(first.eve, 'hello'))).toBe('200 ok');
  await first.bed.app.close();
  const second = await ownBedAgain(database);
  expect(said(await second(first.eve))).toBe('402 budget_exceeded');
});

/** Chats of a proxy on the same database, with a larger plan that the month has used up nevertheless. */
async function ownBedAgain(database: object): Promise<(key: string) => Promise<RawAnswer>> {
  const { startBed } = await import('./bed.ts');
  const bed = await startBed({
    config: {
      database,
      auth: { admin: 'open' },
      catalog: { 'gpt-4o-mini': { price: PRICE } },
      plans: { free: { monthly_budget_cents: 1 } },
    },
  });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  return (key) =>
    send(`${bed.url}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${key}` },
      body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] },
    });
}

const HELLO = [{ role: 'user', content: 'hello' }];
const CALLS: readonly (readonly [path: string, body: object])[] = [
  ['/v1/responses', { model: 'gpt-4o-mini', input: 'hello', max_output_tokens: 100_000 }],
  ['/v1/completions', { model: 'gpt-4o-mini', prompt: 'hello', max_tokens: 100_000 }],
  ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 100_000, messages: HELLO }],
  [
    '/v1beta/models/gpt-4o-mini:generateContent',
    { contents: [{ parts: [{ text: 'hello' }] }], generationConfig: { maxOutputTokens: 100_000 } },
  ],
  ['/openai/deployments/gpt-4o-mini/chat/completions', { messages: HELLO, max_tokens: 100_000 }],
  ['/v1/embeddings', { model: 'gpt-4o-mini', input: 'hello '.repeat(10_000) }],
  ['/v1/audio/speech', { model: 'gpt-4o-mini', input: 'hello '.repeat(10_000), voice: 'alloy' }],
];

test.each(CALLS)('%s is refused over the cap of a request, and when the month is used up', async (path, body) => {
  const { bed, eve, upstream, prefer, key } = await cappedBed({ max_cost_per_request_cents: 1 });
  const ask402 = async (): Promise<unknown> => {
    const answer = await send(`${bed.url}${path}`, { headers: { authorization: `Bearer ${eve}` }, body });
    return [answer.status, /A request may cost 0.01 USD|BUDGET EXCEEDED/.exec(answer.body.toString())?.[0]];
  };
  expect(await ask402()).toEqual([402, 'A request may cost 0.01 USD']);
  await prefer(key, { monthly_budget_cents: 0 });
  expect(await ask402()).toEqual([402, 'BUDGET EXCEEDED']);
  expect(upstream.requests).toEqual([]);
});

test('an endpoint that is too dear is left out while another is left', async () => {
  const { chat, upstreams, bed, callers, prefer } = await (async () => {
    const made = await ownBed({
      endpoints: [{ price: { input: 900, output: 900 } }, { price: PRICE }],
      config: { cache: { enabled: false } },
    });
    return {
      ...made,
      prefer: (id: string, body: object) => ask(made.bed, undefined, 'PUT', `${PREFERENCES}/${id}`, body),
    };
  })();
  const { body } = await ask(bed, undefined, 'GET', '/api/governance/virtual-keys');
  const keys = (body as unknown as { virtual_keys: { id: string; name: string }[] }).virtual_keys;
  expect((await prefer(keys.find(({ name }) => name === 'ada')!.id, { max_cost_per_request_cents: 5 })).status).toBe(
    200,
  );
  for (let at = 0; at < 4; at += 1) expect(said(await chat(callers.ada, 'hello'))).toBe('200 ok');
  expect(upstreams.map(({ requests }) => requests.length)).toEqual([0, 4]);
});
