import { expect, test } from 'vitest';

import { autoBed, SEVEN_MODELS, type AutoBed } from './auto-bed.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey, type JsonAnswer } from './auto-calls.ts';

type Headers = Readonly<Record<string, string>>;

interface Row {
  readonly rank: number;
  readonly model: string;
  readonly value: number | null;
}

interface Explained {
  readonly ranking: readonly Row[];
  readonly excluded: readonly { readonly model: string; readonly reason: string }[];
  readonly selected: { readonly model: string } | null;
  readonly error: { readonly status: number; readonly code: string; readonly message: string } | null;
}

const explain = (url: string, body: unknown, headers: Headers = {}): Promise<JsonAnswer> =>
  callApi(url, 'POST /routing/explain', { body, headers });
const ranking = (url: string, query: string, headers: Headers = {}): Promise<JsonAnswer> =>
  callApi(url, `GET /routing/ranking${query}`, { headers });
const namesOf = ({ body }: JsonAnswer): string[] => (body as Explained).ranking.map(({ model }) => model);
const explainedIn = ({ body }: JsonAnswer): Explained => body as Explained;

function user(content: unknown, more: object = {}): object {
  return { model: 'auto', messages: [{ role: 'user', content }], ...more };
}

async function ask(bed: AutoBed, body: object, headers: Headers = {}): Promise<Response> {
  return fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

test('an explanation says what was found out and which models may answer', async () => {
  const bed = await autoBed();
  const { status, body } = await explain(bed.url, user('hello'));
  expect([status, body]).toEqual([
    200,
    {
      model: 'auto',
      text_tokens: 1,
      complexity: 'simple',
      score: -2,
      points: [{ reason: 'simple', points: -2 }],
      tier: 'micro',
      effective_tier: 'micro',
      requirements: { tools: false, structured: false, vision: false, context_tokens: 1 },
      floors: { quality: 0, window: 4_000 },
      relaxed: false,
      source: 'value',
      ranking: SEVEN_MODELS.map((model, at) => expect.objectContaining({ rank: at + 1, model }) as unknown),
      excluded: [],
      selected: { model: 'deepseek-chat', provider: 'deepseek' },
      error: null,
    },
  ]);
  expect((body as Explained).ranking[2]).toEqual({
    rank: 3,
    model: 'gpt-4o-mini',
    provider: 'openai',
    quality: 85,
    price: { input: 0.15, output: 0.6 },
    effective_price: 0.375,
    value: 19_266.67,
    context_window: 128_000,
    credential: 'system',
  });
  expect(await bed.called()).toEqual([]);
});

const IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

const REQUESTS: readonly (readonly [string, object, Headers])[] = [
  ['a greeting', user('hello'), {}],
  ['an analysis', user('Analyze the data trends'), {}],
  ['code', user('Write a function to sort an array'), {}],
  ['a design', user('Design architecture for scaling this enterprise system'), {}],
  ['tools', user('debug this distributed system architecture', { tools: [TOOL] }), {}],
  ['an image', user([{ type: 'text', text: 'hello' }, IMAGE]), {}],
  ['a hard question about an image', user([{ type: 'text', text: 'Write a function to sort an array' }, IMAGE]), {}],
  ['a task', user('Explain this'), { 'x-llmproxy-task': 'reasoning' }],
  ['a task by its alias', user('Write a poem about the sea'), { 'x-atom-intent': 'agentic' }],
  ['a tier', user('hello'), { 'x-llmproxy-tier': 'heavy' }],
  ['a tier by its alias', user('hello'), { 'x-atom-tier': 'versatile' }],
  ['a hint', user('hello'), { 'x-llmproxy-model-hint': 'o3' }],
  ['a hint that cannot see', user([IMAGE]), { 'x-atom-model': 'o3' }],
  ['a long text', user('word '.repeat(40_000)), {}],
];

test.each(REQUESTS)('what is explained of %s is what happens', async (_what, body, headers) => {
  const bed = await autoBed();
  const { selected, error } = explainedIn(await explain(bed.url, body, headers));
  const answer = await ask(bed, body, headers);
  expect([answer.status, error]).toEqual([200, null]);
  expect([answer.headers.get('x-llmproxy-model'), await bed.called()]).toEqual([selected?.model, [selected?.model]]);
});

test('a request that no model can answer is explained with its error', async () => {
  const bed = await autoBed({ mock: {} });
  const body = user([{ type: 'text', text: 'hello' }, IMAGE], { max_tokens: 2_000_000 });
  const { selected, error, excluded } = explainedIn(await explain(bed.url, body));
  const answer = await ask(bed, body);
  const { error: real } = (await answer.json()) as { error: { code: string; message: string } };
  expect([selected, error]).toEqual([null, { status: answer.status, code: real.code, message: real.message }]);
  expect([error?.code, excluded.length]).toEqual(['context_length_exceeded', 7]);
});

test('a text alone, a Responses request, and what the task says', async () => {
  const { url } = await autoBed();
  expect((await explain(url, { prompt: 'Explain this', task_type: 'reasoning' })).body).toMatchObject({
    complexity: 'complex',
    score: 3,
    tier: 'versatile',
  });
  expect((await explain(url, { prompt: 'Explain this', task_type: null })).body).toMatchObject({ score: 1 });
  const general = { 'x-llmproxy-task': 'general' };
  expect((await explain(url, { prompt: 'Explain this', task_type: 'reasoning' }, general)).body).toMatchObject({
    score: 0,
  });
  expect((await explain(url, { input: 'hello' })).body).toMatchObject({ score: -2 });
  const items = [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }];
  expect((await explain(url, { input: items, max_output_tokens: 9 })).body).toMatchObject({
    score: -2,
    requirements: { context_tokens: 10 },
  });
});

test.each([
  [{}, 'missing', ['body', 'prompt']],
  [{ model: 'auto' }, 'missing', ['body', 'prompt']],
  [{ messages: 'hello' }, 'list_type', ['body', 'messages']],
  [{ messages: null }, 'list_type', ['body', 'messages']],
  [{ input: 5 }, 'list_type', ['body', 'input']],
  [{ prompt: ['hello'] }, 'string_type', ['body', 'prompt']],
  [{ prompt: 'hello', task_type: 5 }, 'string_type', ['body', 'task_type']],
  [[], 'model_attributes_type', ['body']],
  ['{', 'json_invalid', ['body']],
])('%j is 422', async (given, type, loc) => {
  const { url } = await autoBed();
  const { status, body } = await explain(url, given);
  expect([status, body]).toEqual([422, { detail: [{ type, loc, msg: expect.any(String) as unknown }] }]);
});

const ALL = SEVEN_MODELS;
const [CHAT, FLASH, , SPECIALE, O3_MINI, O3, GPT_4O] = ALL;

test.each([
  ['', [...ALL]],
  ['?complexity=moderate', [...ALL]],
  ['?complexity=complex', [SPECIALE, O3_MINI, O3, GPT_4O]],
  ['?complexity=advanced', [SPECIALE, O3_MINI, O3]],
  ['?complexity=advanced&tools=true', [O3_MINI, O3]],
  ['?complexity=advanced&structured=true', [O3_MINI, O3]],
  ['?vision=true', [FLASH, 'gpt-4o-mini', GPT_4O]],
  ['?complexity=complex&vision=1', [GPT_4O]],
  ['?complexity=advanced&vision=true', [GPT_4O, FLASH, 'gpt-4o-mini']],
  ['?context_tokens=100000', ALL.filter((model) => model !== CHAT)],
  ['?context_tokens=500000', [FLASH]],
  ['?context_tokens=2000000', []],
  ['?tier=standard', [...ALL]],
  ['?tier=versatile', [FLASH, SPECIALE, O3_MINI, O3, GPT_4O]],
  ['?tier=heavy', [SPECIALE, O3_MINI, O3, GPT_4O]],
  ['?tier=complex', [SPECIALE, O3_MINI, O3]],
  ['?complexity=simple&tier=&tools=false&structured=false&vision=false&context_tokens=0&plan=', [...ALL]],
])('the ranking of %s', async (query, expected) => {
  const { url } = await autoBed();
  const answer = await ranking(url, query);
  expect([answer.status, namesOf(answer)]).toEqual([200, expected]);
});

test('a ranking has its floors, and says who was left out and why', async () => {
  const { url } = await autoBed();
  const { body } = await ranking(url, '?complexity=complex&tools=true');
  expect(body).toMatchObject({
    complexity: 'complex',
    floors: { quality: 88, window: 16_000 },
    relaxed: false,
    source: 'value',
  });
  expect((body as Explained).excluded).toEqual([
    { model: 'deepseek-chat', reason: 'quality' },
    { model: 'gemini-2.0-flash', reason: 'quality' },
    { model: 'gpt-4o-mini', reason: 'quality' },
    { model: 'deepseek-v3.2-speciale', reason: 'tools' },
  ]);
});

test.each([
  ['?complexity=hard', 'complexity'],
  ['?complexity=', 'complexity'],
  ['?tier=best', 'tier'],
  ['?tools=yes', 'tools'],
  ['?vision=', 'vision'],
  ['?structured=2', 'structured'],
  ['?context_tokens=-1', 'context_tokens'],
  ['?context_tokens=1.5', 'context_tokens'],
  ['?context_tokens=1000000001', 'context_tokens'],
  ['?tier=micro&tier=heavy', 'tier'],
])('the ranking of %s is 422', async (query, member) => {
  const { url } = await autoBed();
  const { status, body } = await ranking(url, query);
  expect([status, body]).toMatchObject([422, { detail: [{ loc: ['query', member] }] }]);
});

test('tiers have the best models that meet their floors', async () => {
  const { url } = await autoBed();
  const heavy = [SPECIALE, O3_MINI, O3, GPT_4O];
  expect((await callApi(url, 'GET /routing/tiers')).body).toEqual({
    tiers: [
      { tier: 'micro', min_quality: 0, max_tokens: 100, models: ALL.slice(0, 5), estimated_cost_usd: 0.00028 },
      { tier: 'standard', min_quality: 80, max_tokens: 500, models: ALL.slice(0, 5), estimated_cost_usd: 0.00028 },
      { tier: 'versatile', min_quality: 86, max_tokens: 2_000, models: [FLASH, ...heavy], estimated_cost_usd: 0.0003 },
      { tier: 'heavy', min_quality: 90, max_tokens: 5_000, models: heavy, estimated_cost_usd: 0.00165 },
      { tier: 'complex', min_quality: 94, max_tokens: null, models: heavy.slice(0, 3), estimated_cost_usd: 0.00165 },
    ],
  });
});

const PLANS = { plans: { free: { models: ['gpt-4o-mini'] }, pro: { models: '*' } } };

test('a plan restricts the ranking; one that is not configured is 404', async () => {
  const { url } = await autoBed({ config: { ...GOVERNED, ...PLANS } });
  expect(namesOf(await ranking(url, '?plan=free', ADMIN))).toEqual(['gpt-4o-mini']);
  expect(namesOf(await ranking(url, '?plan=pro', ADMIN))).toEqual([...ALL]);
  const unknown = await ranking(url, '?plan=gold', ADMIN);
  expect([unknown.status, unknown.body]).toEqual([404, { detail: 'Plan not found' }]);
});

async function customerKey(url: string, customer: object, key: object = {}): Promise<Headers> {
  const answer = await fetch(`${url}/api/governance/customers`, {
    method: 'POST',
    headers: { ...ADMIN, 'content-type': 'application/json' },
    body: JSON.stringify({ name: crypto.randomUUID(), ...customer }),
  });
  const { customer: made } = (await answer.json()) as { customer: { id: string } };
  return newVirtualKey(url, { customer_id: made.id, ...key });
}

test('a key is told of its own plan, allow lists, preferences and trial', async () => {
  const bed = await autoBed({ config: { ...GOVERNED, ...PLANS } });
  const { url } = bed;
  const free = await customerKey(url, { plan: 'free' });
  expect(namesOf(await ranking(url, '', free))).toEqual(['gpt-4o-mini']);
  expect([(await ranking(url, '?plan=free', free)).status, (await ranking(url, '?plan=pro', free)).status]).toEqual([
    200, 404,
  ]);
  expect(explainedIn(await explain(url, user('hello'), free)).excluded).toHaveLength(6);

  const limited = await newVirtualKey(url, { allowed_models: ['o3', 'gpt-4o'] });
  expect(namesOf(await ranking(url, '', limited))).toEqual(['o3', 'gpt-4o']);
  const { excluded } = explainedIn(await explain(url, user('hello'), limited));
  expect(new Set(excluded.map(({ reason }) => reason))).toEqual(new Set(['governance']));
  expect((await callApi(url, 'GET /routing/tiers', { headers: limited })).body).toMatchObject({
    tiers: [{ models: ['o3', 'gpt-4o'] }, {}, {}, {}, { models: ['o3'] }],
  });

  const ended = await customerKey(url, { trial_ends_at: '2020-01-01T00:00:00Z' });
  const { error, selected } = explainedIn(await explain(url, user('hello'), ended));
  expect([selected, error]).toEqual([
    null,
    { status: 403, code: 'trial_expired', message: expect.stringContaining('Trial Expired') as unknown },
  ]);
});

test('preferences of a key decide as they do for its requests', async () => {
  const bed = await autoBed({ config: GOVERNED });
  const { url } = bed;
  const headers = await newVirtualKey(url, { name: 'preferring' });
  const keys = await fetch(`${url}/api/governance/virtual-keys`, { headers: ADMIN });
  const { virtual_keys: list } = (await keys.json()) as { virtual_keys: { id: string; name: string }[] };
  const id = list.find(({ name }) => name === 'preferring')?.id;
  await callApi(url, `PUT /routing/preferences/${id}`, {
    headers: ADMIN,
    body: { min_tier: 'heavy', preferred_providers: ['openai'] },
  });
  const { selected } = explainedIn(await explain(url, user('hello'), headers));
  expect(selected?.model).toBe('o3-mini');
  expect(namesOf(await ranking(url, '', headers))).toEqual([O3_MINI, O3, GPT_4O, SPECIALE]);
  const answer = await ask(bed, user('hello'), headers);
  expect(answer.headers.get('x-llmproxy-model')).toBe('o3-mini');
});

const ROUTES = ['POST /routing/explain', 'GET /routing/ranking', 'GET /routing/tiers'] as const;

test.each(ROUTES)('%s is for administrators and holders of a valid key', async (route) => {
  const { url } = await autoBed({ config: GOVERNED });
  const sent = route.startsWith('POST') ? { body: user('hello') } : {};
  const key = await newVirtualKey(url);
  const status = async (headers: Headers): Promise<number> => (await callApi(url, route, { headers, ...sent })).status;
  expect([
    await status({}),
    await status({ authorization: 'Bearer sk-lp-x' }),
    await status(key),
    await status(ADMIN),
  ]).toEqual([401, 401, 200, 200]);
});

test.each(ROUTES)('%s is 404 where `auto` is switched off', async (route) => {
  const { url } = await autoBed({ config: { auto: { enabled: false } } });
  const { status, body } = await callApi(url, route, route.startsWith('POST') ? { body: user('hello') } : {});
  expect([status, body]).toEqual([404, { detail: 'The model `auto` does not exist.' }]);
});
