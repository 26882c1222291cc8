import { expect, test, vi } from 'vitest';
import { targetsOf } from '../../cache/target.ts';
import { JSON_HEAD, turn } from '../../generation/generation.fixture.ts';
import type { KeyEntry } from '../../governance/entries.ts';
import type { LevelSettings } from '../../governance/limits/chain.ts';
import type { Ask } from '../../governance/limits/types.ts';
import { NarrowRouter } from '../../routing/narrow.ts';
import { type Asked, operationBed } from '../operation.fixture.ts';
import type { ModelRuntime, Runtime } from '../runtime.ts';
import { RequestAccount } from './account.ts';
import { governedBed, holderOf, HOUR_MS, KEY, keyEntry } from './governed.fixture.ts';

const BODY = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
const HEADERS = { authorization: `Bearer ${KEY}` };
/** 1,000 tokens in and 500 out: 0.002 USD, or 0.2 cents. */
const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 },
});
const COST = 2_000_000n;

const WINDOW = { ms: HOUR_MS, anchor: 0 };
const requests = (max: bigint): Partial<LevelSettings> => ({
  rateLimit: { id: 'r1', requests: { max, window: WINDOW } },
});
const tokens = (max: bigint): Partial<LevelSettings> => ({ rateLimit: { id: 'r1', tokens: { max, window: WINDOW } } });
const budget = (nano: bigint): Partial<LevelSettings> => ({ budget: { id: 'b1', max: nano, window: WINDOW } });

function build(limits: Partial<LevelSettings> = {}, key: Partial<KeyEntry> = {}) {
  const bed = operationBed();
  const governed = governedBed(bed.clock, holderOf(keyEntry(key)), limits);
  const runtime = bed.runtime as { -readonly [K in keyof Runtime]: Runtime[K] };
  runtime.governed = governed.tools;
  const askBody = (body: object): Asked => bed.ask(body, HEADERS);
  const ask = (content = 'hello', headers: Record<string, string> = HEADERS): Asked =>
    bed.ask({ ...BODY, messages: [{ role: 'user', content }] }, headers);
  /** Asks something new, and has the endpoint answer. */
  const miss = async (content: string, status = 200): Promise<Asked> => {
    const asked = ask(content);
    await turn();
    bed.upstream.answer(status, JSON_HEAD, status === 200 ? ANSWER : '{"error":{"message":"no"}}');
    await asked.over;
    return asked;
  };
  return { ...bed, runtime, governed, ask, askBody, miss };
}

const statusOf = ({ responder }: Asked): number | undefined => responder.heads[0]?.status;
const codeOf = ({ responder }: Asked): unknown =>
  (JSON.parse(responder.text) as { error: { code: unknown } }).error.code;
const headersOf = ({ responder }: Asked): Record<string, string> => {
  const flat = responder.heads[0]?.headers ?? [];
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
};

test('a request is booked once, with what its answer cost, and charged to its key', async () => {
  const { miss, governed } = build(budget(10n * COST));
  await miss('hello');
  expect(governed.rows).toMatchObject([
    {
      requestId: 'req_1',
      virtualKeyId: 'k1',
      model: 'm',
      endpoint: 'm/a',
      inputTokens: 1_000,
      outputTokens: 500,
      cost: COST,
      savedByCache: null,
      cached: false,
      status: 200,
      usageSource: 'reported',
      attempts: [{ endpoint: 'm/a', cost: COST, error: null }],
    },
  ]);
  expect(governed.heard).toEqual([`charged cost ${COST}`]);
});

test('the key is in no header that an endpoint gets', async () => {
  const { miss, upstream } = build();
  await miss('hello');
  expect(JSON.stringify(upstream.last.request.headers)).not.toContain(KEY);
});

test('a hit costs nothing, says what was saved, and counts as a request', async () => {
  const { miss, ask, governed } = build(requests(3n));
  await miss('hello');
  const hit = ask();
  await hit.over;
  expect(governed.rows[1]).toMatchObject({ cached: true, cost: 0n, savedByCache: COST, attempts: [], endpoint: 'm/a' });
  expect(headersOf(hit)['x-ratelimit-remaining-requests']).toBe('1');
});

test('who joins pays nothing; who started pays, also after it has left', async () => {
  const { ask, upstream, governed } = build(budget(10n * COST));
  const first = ask();
  await turn();
  const second = ask();
  await turn();
  first.responder.closed = true;
  first.responder.leave();
  await turn();
  expect(governed.rows).toEqual([]);
  upstream.answer(200, JSON_HEAD, ANSWER);
  await second.over;
  expect(
    governed.rows.map(({ requestId, cost, savedByCache, status }) => [requestId, cost, savedByCache, status]),
  ).toEqual([
    ['req_1', COST, null, 499],
    ['req_1', 0n, COST, 200],
  ]);
});

test('exactly as many requests pass as the limit allows', async () => {
  const { ask, upstream, governed } = build(requests(10n));
  const all = Array.from({ length: 15 }, (_, index) => ask(`question ${index}`));
  await turn();
  expect(upstream.sent).toHaveLength(10);
  const refused = all.filter((asked) => asked.responder.headSent);
  expect(refused.map((asked) => [statusOf(asked), codeOf(asked)])).toEqual(
    Array.from({ length: 5 }, () => [429, 'request_limited']),
  );
  expect(Number(headersOf(refused[0] as Asked)['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(governed.rows).toHaveLength(5);
});

test('a request that upstream failed is given back, one that the client spoilt is not', async () => {
  const { miss, governed, ask, upstream } = build(requests(2n));
  const asked = ask('failing');
  await turn();
  upstream.answer(500, JSON_HEAD, '{}');
  await turn();
  upstream.answer(500, JSON_HEAD, '{}');
  await asked.over;
  expect(statusOf(asked)).toBe(500);
  expect(governed.rows[0]).toMatchObject({ cost: 0n, status: 500, attempts: [{ error: 'server_error' }, {}] });
  await miss('spoilt', 400);
  await miss('good');
  const last = ask('one too many');
  await last.over;
  expect(codeOf(last)).toBe('request_limited');
});

test('tokens and money are charged after the answer and refuse the next request', async () => {
  const limited = build(tokens(1_500n));
  expect(statusOf(await limited.miss('first'))).toBe(200);
  const second = limited.ask('second');
  await second.over;
  expect([statusOf(second), codeOf(second)]).toEqual([429, 'token_limited']);

  // Budgets are whole cents; five answers cost one.
  const poor = build(budget(5n * COST));
  for (const content of ['1', '2', '3', '4', '5']) expect(statusOf(await poor.miss(content))).toBe(200);
  const refused = poor.ask('6');
  await refused.over;
  expect([statusOf(refused), codeOf(refused)]).toEqual([402, 'budget_exceeded']);
  expect(headersOf(refused)['x-should-retry']).toBe('false');
  expect(poor.governed.rows[5]).toMatchObject({ status: 402, errorCode: 'budget_exceeded', cost: 0n, endpoint: null });
});

test('a budget that is nearly spent says so in a header', async () => {
  const { miss } = build(budget(2n * COST + COST / 2n));
  expect(headersOf(await miss('first'))['x-llmproxy-budget-warning']).toBeUndefined();
  await miss('second');
  // The budget is 0.5 cents, which is written in whole cents: 1.
  const third = await miss('third');
  expect(headersOf(third)['x-llmproxy-budget-warning']).toBeUndefined();
  await miss('fourth');
  expect(headersOf(await miss('fifth'))['x-llmproxy-budget-warning']).toBe('key;threshold=80');
});

test('slots are free again once a request has ended, however it did', async () => {
  const { ask, upstream, miss } = build({ maxConcurrency: 1 });
  const first = ask('first');
  await turn();
  const second = ask('second');
  await second.over;
  expect(codeOf(second)).toBe('concurrency_limited');
  first.responder.closed = true;
  first.responder.leave();
  await first.over;
  expect(upstream.sent).toHaveLength(1);
  expect(statusOf(await miss('third'))).toBe(200);
});

test.each([
  [{ allowedModels: ['other'] }, 'model_blocked'],
  [{ allowedProviders: ['anthropic'] }, 'provider_blocked'],
])('a key that is limited to %j gets %s', async (key, code) => {
  const { ask, governed, upstream } = build({}, key);
  const asked = ask();
  await asked.over;
  expect([statusOf(asked), codeOf(asked)]).toEqual([403, code]);
  expect(upstream.sent).toEqual([]);
  expect(governed.rows).toMatchObject([{ status: 403, errorCode: code }]);
});

test.each([{ allowedModels: ['m'] }, { allowedModels: ['openai/m'] }, { allowedProviders: ['OpenAI'] }])(
  'a key that is limited to %j may use the model',
  async (key) => {
    expect(statusOf(await build({}, key).miss('hello'))).toBe(200);
  },
);

test('an alias of the key is another name of the model', async () => {
  const bed = build({}, { modelAliases: new Map([['fast', 'm']]) });
  const asked = bed.askBody({ ...BODY, model: 'fast' });
  await turn();
  bed.upstream.answer(200, JSON_HEAD, ANSWER);
  await asked.over;
  expect(bed.governed.rows).toMatchObject([{ modelAsked: 'fast', model: 'm', status: 200 }]);
});

test.each([
  ['unknown', 'virtual_key_not_found', 403],
  ['unavailable', 'store_unavailable', 503],
] as const)('a key that is %s gets %s and no row', async (state, code, status) => {
  const { ask, governed } = build();
  governed.found = { state };
  const asked = ask();
  await asked.over;
  expect([statusOf(asked), codeOf(asked)]).toEqual([status, code]);
  expect(governed.rows).toEqual([]);
  expect(governed.heard).toEqual([`refused ${code}`]);
});

test.each([
  ['blocked', 'virtual_key_blocked'],
  ['expired', 'virtual_key_expired'],
] as const)('a key that is %s gets %s', async (state, code) => {
  const { ask, governed } = build();
  governed.found = { state, holder: holderOf(keyEntry()) };
  const asked = ask();
  await asked.over;
  expect([statusOf(asked), codeOf(asked)]).toEqual([403, code]);
});

test('a trial that is over refuses every request of the customer', async () => {
  const { ask, governed, clock } = build();
  const customer = { id: 'c1', name: 'c', plan: null, trialEndsAt: clock.now() };
  governed.found = { state: 'active', holder: holderOf(keyEntry(), { customer }) };
  const asked = ask();
  await asked.over;
  expect([statusOf(asked), codeOf(asked)]).toEqual([403, 'trial_expired']);
});

test('callers without a key are booked too, and share their cache entries', async () => {
  const { ask, upstream, governed } = build();
  const first = ask('hello', {});
  await turn();
  upstream.answer(200, JSON_HEAD, ANSWER);
  await first.over;
  await ask('hello', {}).over;
  expect(governed.rows).toMatchObject([
    { virtualKeyId: null, cost: COST },
    { virtualKeyId: null, cached: true, cost: 0n },
  ]);
});

test('a caller with a key does not see what callers without one have stored', async () => {
  const { ask, upstream } = build();
  const first = ask('hello', {});
  await turn();
  upstream.answer(200, JSON_HEAD, ANSWER);
  await first.over;
  const second = ask('hello');
  await turn();
  expect(upstream.sent).toHaveLength(2);
  upstream.answer(200, JSON_HEAD, ANSWER);
  await second.over;
  expect(headersOf(second)['x-llmproxy-cache']).toBe('miss');
});

test('without governance a key header means nothing', async () => {
  const { runtime, ask, upstream } = build();
  delete runtime.governed;
  const asked = ask('hello', { 'x-bf-vk': 'anything' });
  await turn();
  upstream.answer(200, JSON_HEAD, ANSWER);
  await asked.over;
  expect(statusOf(asked)).toBe(200);
});

/** Endpoints of two providers, each with a limit of one request. */
function twoProviders(): ReturnType<typeof build> {
  const one = (id: string): LevelSettings => ({ id, rateLimit: { id, requests: { max: 1n, window: WINDOW } } });
  const names = ['openai', 'anthropic'];
  const bed = build({ providerLimits: new Map(names.map((name) => [name, one(name)])) });
  const [model] = bed.runtime.models;
  if (model === undefined) throw new Error('the bed has a model');
  for (const [index, endpoint] of model.router.endpoints.entries()) {
    Object.assign(endpoint, { providerName: names[index] });
  }
  const only = (within: ReadonlySet<string>): ModelRuntime => {
    const router = new NarrowRouter(model.router, within);
    const sources = router.endpoints.map((one) => ({ ...one, mock: false, bundled: false }));
    return { ...model, router, cache: { ...model.cache, targets: targetsOf(sources) } };
  };
  Object.assign(model, { only });
  return bed;
}

test('a request counts against the limit of the provider that answers, and of no other', async () => {
  const { miss, ask, governed } = twoProviders();
  await miss('first');
  await miss('second');
  expect(governed.rows.map(({ provider, status }) => [provider, status])).toEqual([
    ['openai', 200],
    ['anthropic', 200],
  ]);
  const third = ask('third');
  await third.over;
  expect([statusOf(third), codeOf(third)]).toEqual([429, 'request_limited']);
});

/** Counters that answer later, as those on Redis do. */
function answersLater({ governed: { counters } }: ReturnType<typeof build>, when: Promise<void>): void {
  const reserve = counters.reserve.bind(counters);
  Object.assign(counters, { reserve: (claims: Ask) => when.then(() => reserve(claims)) });
}

test('while shared counters are asked the cache is asked too, once, and nothing is sent before the request is counted', async () => {
  const bed = build(requests(3n));
  const { ask, runtime, upstream } = bed;
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  answersLater(bed, mayAnswer);
  const fetched = vi.spyOn(runtime.cache, 'fetch');
  const asked = ask();
  await turn();
  expect([fetched.mock.calls.length, upstream.sent.length]).toEqual([1, 0]);
  answer();
  await turn();
  upstream.answer(200, JSON_HEAD, ANSWER);
  await asked.over;
  expect([fetched.mock.calls.length, statusOf(asked)]).toEqual([1, 200]);
});

test('who joined a generation that failed was spared nothing', async () => {
  const { ask, upstream, governed } = build();
  const [first, second] = [ask(), ask()];
  await turn();
  expect(upstream.sent).toHaveLength(1);
  upstream.answer(500, JSON_HEAD, '{}');
  await turn();
  upstream.answer(500, JSON_HEAD, '{}');
  await Promise.all([first.over, second.over]);
  expect(governed.rows.map(({ status, cached, savedByCache }) => [status, cached, savedByCache])).toEqual([
    [500, false, null],
    [500, false, null],
  ]);
});

test('what was looked up for providers that are left out afterwards is no answer', async () => {
  const bed = twoProviders();
  await bed.miss('hello');
  answersLater(bed, Promise.resolve());
  const narrowed = bed.ask('hello');
  await turn();
  expect(bed.upstream.sent).toHaveLength(2);
  bed.upstream.answer(200, JSON_HEAD, ANSWER);
  await narrowed.over;
  expect(bed.governed.rows.map(({ provider, cached }) => [provider, cached])).toEqual([
    ['openai', false],
    ['anthropic', false],
  ]);
});

test('a generation is charged once, however often its end is reported', () => {
  const { governed, runtime } = build(budget(10n * COST));
  const account = new RequestAccount(governed.tools, holderOf(keyEntry()));
  const payer = account.payer('m');
  const [endpoint] = runtime.models[0]?.router.endpoints ?? [];
  if (endpoint === undefined) throw new Error('the bed has endpoints');
  const usage = { input: 1_000, output: 500 };
  const call = { endpoint, outcome: 'ok', usage, estimated: false, billed: true } as const;
  payer.booked([call]);
  payer.booked([call]);
  expect(governed.heard).toEqual([`charged cost ${COST}`]);
});
