import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { ask, askAs, expectOk, FAMILIES, pickOf, type AskOptions } from './auto-ask.ts';
import { autoBed, startAutoBed, SEVEN_MODELS, type AutoBed, type SevenModel } from './auto-bed.ts';
import { startApp } from './bed.ts';
import { jsonOf } from './http.ts';

/** Nothing is kept, so that equal texts are asked again, and no failure ejects an endpoint. */
const OPTIONS = {
  config: { cache: { enabled: false }, auto: { attempts: 7 } },
  model: { routing: { allowed_fails: 1000 } },
};

let bed: AutoBed;
beforeAll(async () => {
  bed = await startAutoBed(OPTIONS);
});
beforeEach(() => bed.reset());
afterAll(() => bed.close());

const FENCE = '```';
const TEXTS = {
  simple: 'hello',
  moderate: 'Analyze the data trends',
  complex: 'Write a function to sort an array',
  advanced: 'Debug this distributed system architecture',
} as const;

/** Text, task; complexity, tier. */
const VECTORS: readonly (readonly [text: string, task: string, complexity: string, tier: string])[] = [
  ['hello', '', 'simple', 'micro'],
  ['Hello, how are you today?', '', 'simple', 'micro'],
  ['', '', 'simple', 'micro'],
  ['Analyze the data trends', '', 'moderate', 'standard'],
  ['Analyze this image', '', 'moderate', 'standard'],
  ['Analyze this concept and explain the background', '', 'moderate', 'standard'],
  ['Explain this', 'reasoning', 'complex', 'versatile'],
  ['Explain this', 'general', 'simple', 'micro'],
  ['What is the weather?', '', 'simple', 'micro'],
  ['What is the weather?', 'code', 'simple', 'micro'],
  ['What is the weather?', 'chat', 'simple', 'micro'],
  ['Write a function to sort an array', '', 'complex', 'versatile'],
  [`${FENCE}\nprint("hello")\n${FENCE}`, '', 'complex', 'versatile'],
  ['Calculate integral of this function and solve for x', '', 'advanced', 'heavy'],
  ['Debug this async function and refactor database schema', '', 'complex', 'versatile'],
  ['Design architecture for scaling this enterprise system', '', 'advanced', 'versatile'],
  ['debug this distributed system architecture', '', 'advanced', 'heavy'],
  ['Summarize the architecture', '', 'complex', 'versatile'],
  ['analyze this '.repeat(200), '', 'complex', 'versatile'],
  ['word '.repeat(3000), '', 'complex', 'heavy'],
  ['a'.repeat(396), '', 'simple', 'micro'],
  ['a'.repeat(400), '', 'moderate', 'standard'],
  ['a'.repeat(2000), '', 'complex', 'versatile'],
  ['a'.repeat(8000), '', 'complex', 'versatile'],
  ['a'.repeat(20_000), '', 'complex', 'heavy'],
  ['a'.repeat(21_000), '', 'complex', 'complex'],
  ['functionality of classes', '', 'simple', 'micro'],
  ['the apis are listed', '', 'simple', 'micro'],
  ['global_scale', '', 'simple', 'micro'],
  ['élist', '', 'simple', 'micro'],
  ['reverse  engineer this', '', 'advanced', 'versatile'],
  ['Translate this SQL to JSON', '', 'moderate', 'standard'],
  ['Plan a large-scale oauth migration', '', 'advanced', 'heavy'],
  ['😀'.repeat(400), '', 'moderate', 'standard'],
  ['Write a poem about the sea', 'agentic', 'complex', 'standard'],
  ['Write a poem about the sea', 'nonsense', 'simple', 'micro'],
];

describe('complexity and tier are told in headers', () => {
  test.each(VECTORS.map((row) => [row[0].slice(0, 50), row[1], row] as const))('%j %s', async (_text, _task, row) => {
    const [text, task, complexity, tier] = row;
    for (const name of task === '' ? [''] : ['x-llmproxy-task', 'x-atom-intent']) {
      const headers = name === '' ? {} : { [name]: task };
      expect(pickOf(expectOk(await ask(bed.url, text, { headers })))).toMatchObject({
        complexity,
        tier,
        attempts: '1',
      });
    }
  });
});

const ALL = SEVEN_MODELS;
const COMPLEX: readonly SevenModel[] = ['deepseek-v3.2-speciale', 'o3-mini', 'o3', 'gpt-4o'];
const ADVANCED: readonly SevenModel[] = ['deepseek-v3.2-speciale', 'o3-mini', 'o3'];
const without = (models: readonly SevenModel[], ...names: readonly SevenModel[]): readonly SevenModel[] =>
  models.filter((model) => !names.includes(model));

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const tools = {
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
};
const functions = { functions: [{ name: 'f', parameters: { type: 'object', properties: {} } }] };
const structured = { response_format: { type: 'json_object' } };
const withImage = (text: string): object => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: PNG } },
      ],
    },
  ],
});
/** A prompt of so many tokens, all but one of them in instructions that no complexity is read from. */
const withContext = (tokens: number): object => ({
  messages: [
    { role: 'system', content: 'x'.repeat(tokens * 4 - 5) },
    { role: 'user', content: 'hello' },
  ],
});

interface Order {
  readonly what: string;
  readonly text: string;
  readonly options?: AskOptions;
  readonly order: readonly SevenModel[];
}

const TIERS: Readonly<Record<string, readonly SevenModel[]>> = {
  micro: ALL,
  standard: ALL,
  versatile: ['gemini-2.0-flash', ...COMPLEX],
  heavy: COMPLEX,
  complex: ADVANCED,
};

const ORDERS: readonly Order[] = [
  { what: 'simple', text: TEXTS.simple, order: ALL },
  { what: 'moderate', text: TEXTS.moderate, order: ALL },
  { what: 'complex', text: TEXTS.complex, order: COMPLEX },
  { what: 'advanced', text: TEXTS.advanced, order: ADVANCED },
  ...Object.entries({ tools, functions, structured }).flatMap(([name, more]) =>
    (['simple', 'moderate', 'complex', 'advanced'] as const).map((complexity) => ({
      what: `${complexity} with ${name}`,
      text: TEXTS[complexity],
      options: { more },
      order: without(
        { simple: ALL, moderate: ALL, complex: COMPLEX, advanced: ADVANCED }[complexity],
        'deepseek-v3.2-speciale',
      ),
    })),
  ),
  {
    what: 'an agentic task, which needs tools',
    text: TEXTS.simple,
    options: { headers: { 'x-llmproxy-task': 'agentic' } },
    order: without(ALL, 'deepseek-v3.2-speciale'),
  },
  {
    what: 'simple with an image',
    text: TEXTS.simple,
    options: { more: withImage(TEXTS.simple) },
    order: ['gemini-2.0-flash', 'gpt-4o-mini', 'gpt-4o'],
  },
  { what: 'complex with an image', text: '', options: { more: withImage(TEXTS.complex) }, order: ['gpt-4o'] },
  {
    what: 'advanced with an image, the floor dropped',
    text: '',
    options: { more: withImage(TEXTS.advanced) },
    order: ['gpt-4o', 'gemini-2.0-flash', 'gpt-4o-mini'],
  },
  {
    what: '100,000 tokens',
    text: '',
    options: { more: withContext(100_000) },
    order: without(ALL, 'deepseek-chat'),
  },
  { what: '500,000 tokens', text: '', options: { more: withContext(500_000) }, order: ['gemini-2.0-flash'] },
  ...Object.entries(TIERS).flatMap(([tier, order]) =>
    ['x-llmproxy-tier', 'x-atom-tier'].map((name) => ({
      what: `tier ${tier} by ${name}`,
      text: TEXTS.simple,
      options: { headers: { [name]: tier } },
      order,
    })),
  ),
  {
    what: 'a tier that does not exist',
    text: TEXTS.complex,
    options: { headers: { 'x-llmproxy-tier': 'gigantic' } },
    order: COMPLEX,
  },
  {
    what: 'our header before its alias',
    text: TEXTS.simple,
    options: { headers: { 'x-llmproxy-tier': 'complex', 'x-atom-tier': 'micro' } },
    order: ADVANCED,
  },
  ...['x-llmproxy-model-hint', 'x-atom-model'].flatMap((name): readonly Order[] => [
    {
      what: `${name}: that model first`,
      text: TEXTS.simple,
      options: { headers: { [name]: 'gpt-4o' } },
      order: ['gpt-4o', ...without(ALL, 'gpt-4o')],
    },
    {
      what: `${name}: also below the floors`,
      text: TEXTS.advanced,
      options: { headers: { [name]: 'gpt-4o-mini' } },
      order: ['gpt-4o-mini', ...ADVANCED],
    },
    {
      what: `${name}: not against a hard filter`,
      text: TEXTS.simple,
      options: { headers: { [name]: 'deepseek-v3.2-speciale' }, more: tools },
      order: without(ALL, 'deepseek-v3.2-speciale'),
    },
    {
      what: `${name}: a model that does not exist`,
      text: TEXTS.simple,
      options: { headers: { [name]: 'gpt-99' } },
      order: ALL,
    },
  ]),
];

describe('the order in which models are asked', () => {
  test.each(ORDERS)('$what', async ({ text, options, order }) => {
    await Promise.all(SEVEN_MODELS.map((model) => bed.mocks[model].fault({ fault: 'server-error' })));
    const answer = await ask(bed.url, text, options);
    expect(await bed.called(), 'under its own name each').toEqual(order);
    expect(answer.status).toBe(502);
    expect(pickOf(answer)).toMatchObject({ attempts: String(order.length) });
  });

  test('2,000,000 tokens are too many for every model', async () => {
    const small = await autoBed({ ...OPTIONS, config: { ...OPTIONS.config, server: { body_limit: '16MiB' } } });
    const answer = await ask(small.url, '', { more: withContext(2_000_000) });
    expect(answer.status).toBe(400);
    expect(jsonOf(answer)).toMatchObject({ error: { code: 'context_length_exceeded' } });
    expect(await small.called()).toEqual([]);
  });

  test('the output limit counts', async () => {
    expectOk(await ask(bed.url, 'hello', { more: { max_tokens: 32_767 } }));
    expectOk(await ask(bed.url, 'hello', { more: { max_tokens: 32_768 } }));
    expect(await bed.called()).toEqual(['deepseek-chat', 'gemini-2.0-flash']);
  });
});

describe('who answers', () => {
  test.each(FAMILIES)('%s: JSON and stream go to the first of the ranking, and headers say so', async (family) => {
    for (const stream of [false, true]) {
      const answer = expectOk(await askAs(family, bed.url, TEXTS.complex, { stream }));
      expect(pickOf(answer)).toEqual({
        model: 'deepseek-v3.2-speciale',
        complexity: 'complex',
        tier: 'versatile',
        attempts: '1',
      });
    }
    expect(await bed.called()).toEqual(['deepseek-v3.2-speciale', 'deepseek-v3.2-speciale']);
  });

  test('a model that is named is asked whatever the ranking says, and no header of a pick is there', async () => {
    const answer = expectOk(await ask(bed.url, 'hello', { model: 'o3' }));
    expect(await bed.called()).toEqual(['o3']);
    expect(pickOf(answer)).toMatchObject({ model: undefined, complexity: undefined, tier: undefined });
  });
});

test('what the model is called at its endpoint goes upstream, also after a failure', async () => {
  const renamed = await autoBed({ endpoint: { model: 'their-name' } });
  await renamed.mocks['deepseek-chat'].fault({ fault: 'server-error' });
  const answer = expectOk(await ask(renamed.url, 'hello'));
  expect(await renamed.called()).toEqual(['deepseek-chat as their-name', 'gemini-2.0-flash as their-name']);
  expect(pickOf(answer)).toMatchObject({ model: 'gemini-2.0-flash', attempts: '2' });
});

test('models without a price follow those that have one, by the place of their provider, then by quality', async () => {
  await using mock = await startMock({ strictness: 'off' });
  const row = (provider: string, quality: number, price?: object): object => ({
    provider,
    quality,
    context_window: 8000,
    ...(price === undefined ? {} : { price }),
  });
  const catalog = {
    'my-gemini': row('gemini', 60),
    'my-openai': row('openai', 50),
    'my-openai-good': row('openai', 55),
    'my-other': row('other', 90),
    'my-dear': row('openai', 10, { input: 1000, output: 1000 }),
  };
  const providers: Record<string, string> = { 'my-gemini': 'gemini', 'my-other': 'mistral' };
  const models = Object.fromEntries(
    Object.keys(catalog).map((model) => [
      model,
      {
        endpoints: [
          { provider: 'openai', base_url: mock.baseURL, api_key: 'k', provider_name: providers[model] ?? 'openai' },
        ],
      },
    ]),
  );
  const auto = { attempts: 9, fallback_order: { simple: ['openai', 'gemini'] } };
  const app = await startApp({ auto, catalog, models });
  onTestFinished(() => app.close());
  await mock.fault({ fault: 'server-error' });
  expect((await ask(app.url, 'hello')).status).toBe(502);
  expect((await mock.requests()).map(({ model }) => model)).toEqual([
    'my-dear',
    'my-openai-good',
    'my-openai',
    'my-gemini',
    'my-other',
  ]);
});

test('of `auto.models` alone is picked, in the order of the ranking', async () => {
  const some = await autoBed({ config: { auto: { models: ['gpt-4o', 'o3'] } } });
  await some.mocks['o3'].fault({ fault: 'server-error' });
  expectOk(await ask(some.url, 'hello'));
  expect(await some.called()).toEqual(['o3', 'gpt-4o']);
});
