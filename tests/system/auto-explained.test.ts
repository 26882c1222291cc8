import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requestOf, type Family } from './auto-ask.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey } from './auto-calls.ts';
import { autoBed, SEVEN_MODELS, startAutoBed, type AutoBed, type SevenModel } from './auto-bed.ts';
import { jsonOf, send } from './http.ts';

type Headers = Readonly<Record<string, string>>;

/** What an explanation says of what will happen. */
interface Explained {
  readonly complexity: string;
  readonly effective_tier: string;
  readonly selected: { readonly model: SevenModel } | null;
  readonly error: { readonly status: number; readonly code: string; readonly message: string } | null;
}

const SEED = 20_261_128;
const RUNS = 100;
const WORDS = [
  'hello',
  'translate',
  'what is',
  'explain',
  'compare',
  'prove',
  'matrix',
  'function',
  'api',
  'sql',
  'debug',
];
const HARD_WORDS = ['architecture', 'distributed', 'oauth', 'reverse engineer', '```', 'zebra', 'über', '😀', '\n'];

const text = fc
  .array(fc.constantFrom(...WORDS, ...HARD_WORDS), { maxLength: 6 })
  .chain((words) => fc.constantFrom(1, 1, 1, 40, 400, 4_000).map((times) => `${words.join(' ')} `.repeat(times)));

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const PARAMETERS = { type: 'object', properties: {} };
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

const FORMS = {
  chat: {
    tools: { tools: [{ type: 'function', function: { name: 'f', parameters: PARAMETERS } }] },
    schema: { response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } },
    limit: (tokens: number) => ({ max_tokens: tokens }),
    content: (content: string, isSeen: boolean) => ({
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: isSeen
            ? [
                { type: 'text', text: content },
                { type: 'image_url', image_url: { url: PNG } },
              ]
            : content,
        },
      ],
    }),
  },
  responses: {
    tools: { tools: [{ type: 'function', name: 'f', parameters: PARAMETERS, strict: false }] },
    schema: { text: { format: { type: 'json_schema', name: 'n', schema } } },
    limit: (tokens: number) => ({ max_output_tokens: tokens }),
    content: (content: string, isSeen: boolean) => ({
      input: isSeen
        ? [
            {
              role: 'user',
              content: [
                { type: 'input_text', text: content },
                { type: 'input_image', image_url: PNG },
              ],
            },
          ]
        : content,
    }),
  },
} as const;

/** The families whose requests can be explained. */
const family = fc.constantFrom<Extract<Family, 'chat' | 'responses'>>('chat', 'responses');

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });
const tier = fc.constantFrom('micro', 'standard', 'versatile', 'heavy', 'complex', 'nonsense');

const headers = fc
  .record({
    'x-llmproxy-task': maybe(fc.constantFrom('code', 'analysis', 'agentic', 'chat', 'nonsense')),
    'x-atom-intent': maybe(fc.constantFrom('reasoning', 'general')),
    'x-llmproxy-tier': maybe(tier),
    'x-atom-tier': maybe(tier),
    'x-llmproxy-model-hint': maybe(fc.constantFrom(...SEVEN_MODELS, 'gpt-99')),
    'x-atom-model': maybe(fc.constantFrom(...SEVEN_MODELS)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Headers);

const asked = fc.record({
  family,
  text,
  headers,
  stream: fc.boolean(),
  image: fc.boolean(),
  tools: fc.boolean(),
  schema: fc.boolean(),
  limit: maybe(fc.constantFrom(500, 5_000, 40_000, 150_000, 3_000_000)),
  truncates: fc.boolean(),
  caller: fc.nat(),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

function bodyOf(one: Asked): object {
  const { content, tools, schema: structured, limit } = FORMS[one.family];
  return {
    model: 'auto',
    stream: one.stream,
    ...content(one.text, one.image),
    ...(one.tools ? tools : {}),
    ...(one.schema ? structured : {}),
    ...(one.limit === undefined ? {} : limit(one.limit)),
    ...(one.truncates ? { truncation: 'auto' } : {}),
  };
}

const PLANS = {
  free: { models: ['gpt-4o-mini'] },
  strong: { models: ['o3*', 'gpt-4o'] },
  cheap: { models: '*', max_cost_per_request_cents: 1 },
  own: { models: '*', managed: false },
};

interface State {
  readonly what: string;
  readonly ejected: readonly SevenModel[];
}

const STATES: readonly State[] = [
  { what: 'all endpoints admit', ejected: [] },
  { what: 'some are ejected', ejected: ['deepseek-chat', 'gemini-2.0-flash', 'o3-mini'] },
  { what: 'all are ejected', ejected: SEVEN_MODELS },
];

describe.each(STATES)('$what', ({ ejected }) => {
  let bed: AutoBed;
  /** Headers of the callers. */
  let callers: readonly Headers[];

  beforeAll(async () => {
    bed = await startAutoBed({
      config: { ...GOVERNED, plans: PLANS, cache: { enabled: false }, server: { body_limit: '32MiB' } },
      model: { routing: { allowed_fails: 1, cooldown: '1h' } },
    });
    callers = await callersOf(bed.url);
    for (const model of ejected) {
      await bed.mocks[model].fault({ fault: 'unauthorized' });
      await send(`${bed.url}/v1/chat/completions`, { body: requestOf('chat', 'x', { model }).body });
      await send(`${bed.url}/v1/responses`, { body: requestOf('responses', 'x', { model }).body });
    }
  });
  beforeEach(() => bed.reset());
  afterAll(() => bed.close());

  test('what is explained of a request is what happens', async () => {
    const property = fc.asyncProperty(asked, async (one) => {
      await bed.reset();
      const body = bodyOf(one);
      const all = { ...one.headers, ...callers[one.caller % callers.length] };
      const explanation = await callApi(bed.url, 'POST /routing/explain', { headers: { ...ADMIN, ...all }, body });
      expect(explanation.status, explanation.text).toBe(200);
      expect(await bed.called(), 'an explanation asks no endpoint').toEqual([]);
      const { selected, error, ...said } = explanation.body as Explained;
      const path = one.family === 'chat' ? '/v1/chat/completions' : '/v1/responses';
      const answer = await send(bed.url + path, { headers: all, body });
      const seen = {
        status: answer.status,
        model: answer.headers['x-llmproxy-model'],
        complexity: answer.headers['x-llmproxy-complexity'],
        tier: answer.headers['x-llmproxy-tier'],
        called: await bed.called(),
        ...(answer.status === 200 ? {} : { error: errorIn(answer.body) }),
      };
      const told = { complexity: said.complexity, tier: said.effective_tier };
      expect(seen).toEqual(
        error === null
          ? { status: 200, ...told, model: selected?.model, called: [selected?.model] }
          : {
              status: error.status,
              ...told,
              model: undefined,
              called: [],
              error: { code: error.code, message: error.message },
            },
      );
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  }, 120_000);
});

test('what upstream has reported of its cache counts for the explanation as for the request', async () => {
  const bed = await autoBed({ config: { cache: { enabled: false } } });
  const messages = [
    { role: 'system', content: 'Be kind. '.repeat(500) },
    { role: 'user', content: 'hello' },
  ];
  const body = { model: 'auto', messages };
  const explained = async (): Promise<string | undefined> => {
    const { body: explanation } = await callApi(bed.url, 'POST /routing/explain', { body });
    return (explanation as Explained).selected?.model;
  };
  const happened = async (): Promise<unknown> => {
    const { headers: of } = await send(`${bed.url}/v1/chat/completions`, { body });
    return of['x-llmproxy-model'];
  };
  // Half of the prompt is taken for cached before anything is known: then Gemini is cheaper than DeepSeek.
  expect([await explained(), await happened()]).toEqual(['gemini-2.0-flash', 'gemini-2.0-flash']);
  await expect.poll(explained).toBe('deepseek-chat');
  expect(await happened()).toBe('deepseek-chat');
});

function errorIn(body: Buffer): object {
  const { code, message } = (jsonOf({ body }) as { error: { code: string; message: string } }).error;
  return { code, message };
}

/** Callers without a key, with one, and of each plan, preference and allow list. */
async function callersOf(url: string): Promise<readonly Headers[]> {
  const customer = async (plan: string): Promise<Headers> => {
    const answer = await send(`${url}/api/governance/customers`, { headers: ADMIN, body: { name: plan, plan } });
    const { customer: made } = jsonOf(answer) as { customer: { id: string } };
    return newVirtualKey(url, { customer_id: made.id });
  };
  const preferring = async (preferences: object): Promise<Headers> => {
    const answer = await send(`${url}/api/governance/virtual-keys`, {
      headers: ADMIN,
      body: { name: crypto.randomUUID() },
    });
    const { virtual_key: key } = jsonOf(answer) as { virtual_key: { id: string; value: string } };
    const put = await callApi(url, `PUT /routing/preferences/${key.id}`, { headers: ADMIN, body: preferences });
    expect(put.status, put.text).toBe(200);
    return { authorization: `Bearer ${key.value}` };
  };
  return [
    {},
    await newVirtualKey(url),
    await newVirtualKey(url, { allowed_models: ['o3', 'gpt-4o'] }),
    await newVirtualKey(url, { allowed_providers: ['gemini'] }),
    await newVirtualKey(url, { allowed_models: ['gpt-99'] }),
    ...(await Promise.all(Object.keys(PLANS).map(customer))),
    await preferring({ default_tier: 'heavy' }),
    await preferring({ min_tier: 'standard', max_tier: 'versatile' }),
    await preferring({ preferred_providers: ['openai'], cache_aware: false }),
    await preferring({ max_cost_per_request_cents: 1, auto_escalation: false }),
  ];
}
