import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Mock } from '../../mocks/index.ts';
import { askAs, expectOk, FAMILIES, requestOf, type AskOptions, type Family } from './auto-ask.ts';
import { autoBed, startAutoBed, SEVEN_MODELS, type AutoBed, type AutoBedOptions, type SevenModel } from './auto-bed.ts';
import { startApp } from './bed.ts';
import { jsonOf, send, type RawAnswer } from './http.ts';

const [FIRST, SECOND, THIRD] = SEVEN_MODELS as [SevenModel, SevenModel, SevenModel];

/** The message of an error, after a look at the envelope that the family has for it. */
function messageIn(family: Family, answer: RawAnswer, row: Pick<Row, 'code' | 'status' | 'param'>): string {
  const body = jsonOf(answer);
  expect(answer.status, answer.body.toString()).toBe(row.status);
  expect(answer.headers['content-type'], 'no stream was opened').toMatch(/^application\/json/);
  if (family === 'messages') {
    const { error } = body as { error: { type: string; message: string } };
    expect(body).toMatchObject({ type: 'error', error: { type: expect.any(String) as string } });
    return error.message;
  }
  if (family === 'gemini') {
    const { error } = body as { error: { message: string } };
    expect(error).toMatchObject({ code: row.status, status: expect.any(String) as string });
    return error.message;
  }
  const { error } = body as { error: { message: string } };
  expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
  const param = row.param === 'messages' && family === 'responses' ? 'input' : (row.param ?? null);
  if (row.param !== 'any') expect(error).toMatchObject({ code: row.code, param });
  else expect(error).toMatchObject({ code: row.code });
  return error.message;
}

interface Row {
  readonly what: string;
  readonly code: string;
  readonly status: number;
  /** Chat's; `any`: not looked at. */
  readonly param?: string;
  readonly message: RegExp;
  readonly bed?: AutoBedOptions;
  /** Members of the body by family, where the request is what is wrong. */
  readonly more?: (family: Family) => object;
  readonly text?: string;
  readonly before?: (bed: AutoBed) => Promise<unknown>;
  /** Fields of the customer that the key belongs to, and of the key. */
  readonly customer?: object;
  readonly key?: object;
  readonly called?: readonly SevenModel[];
}

const GOVERNED = { database: { url: ':memory:' }, auth: { admin: 'open' } };
const PNG = 'iVBORw0KGgo=';
const PARAMETERS = { type: 'object', properties: {} };
const TOOLS: Readonly<Record<Family, object>> = {
  chat: { tools: [{ type: 'function', function: { name: 'f', parameters: PARAMETERS } }] },
  responses: { tools: [{ type: 'function', name: 'f', parameters: PARAMETERS, strict: false }] },
  messages: { tools: [{ name: 'f', input_schema: PARAMETERS }] },
  gemini: { tools: [{ functionDeclarations: [{ name: 'f', parameters: PARAMETERS }] }] },
};
const STRUCTURED: Readonly<Record<Family, object>> = {
  chat: { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: PARAMETERS } } },
  responses: { text: { format: { type: 'json_schema', name: 'n', schema: PARAMETERS } } },
  messages: { output_config: { format: { type: 'json_schema', schema: PARAMETERS } } },
  gemini: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: PARAMETERS } },
};
const IMAGE: Readonly<Record<Family, object>> = {
  chat: {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] }],
  },
  responses: {
    input: [{ role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${PNG}` }] }],
  },
  messages: {
    messages: [
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }],
      },
    ],
  },
  gemini: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] }] },
};
/** Of the models, only these. */
const only = (...models: readonly string[]): AutoBedOptions => ({ config: { auto: { models } } });

const ROWS: readonly Row[] = [
  {
    what: 'a trial that is over',
    code: 'trial_expired',
    status: 403,
    message: /Trial Expired.*2020-01-01/,
    bed: { config: { ...GOVERNED, plans: { paid: { models: '*' } } } },
    customer: { trial_ends_at: '2020-01-01T00:00:00Z', plan: 'paid' },
  },
  {
    what: 'a plan without a model that could be picked',
    code: 'plan_restriction',
    status: 403,
    param: 'model',
    message: /PLAN RESTRICTION/,
    bed: { config: { ...GOVERNED, plans: { none: { models: ['gpt-9*'] } } } },
    customer: { plan: 'none' },
  },
  {
    what: 'a plan with keys of users alone',
    code: 'plan_restriction',
    status: 403,
    param: 'model',
    message: /PLAN RESTRICTION/,
    bed: { config: { ...GOVERNED, plans: { own: { models: '*', managed: false } } } },
    customer: { plan: 'own' },
  },
  {
    what: 'a list of allowed models without one of them',
    code: 'model_blocked',
    status: 403,
    param: 'model',
    message: /auto/,
    bed: { config: GOVERNED },
    key: { allowed_models: ['gpt-99'] },
  },
  {
    what: 'a list of allowed providers without one of theirs',
    code: 'provider_blocked',
    status: 403,
    param: 'model',
    message: /auto/,
    bed: { config: GOVERNED },
    key: { allowed_providers: ['mistral'] },
  },
  {
    what: 'a budget that is spent',
    code: 'budget_exceeded',
    status: 402,
    param: 'any',
    message: /BUDGET EXCEEDED/,
    bed: { config: GOVERNED },
    key: { budget: { max_limit: 0, reset_duration: '1d' } },
  },
  {
    what: 'a cap below every estimate',
    code: 'request_cost_exceeded',
    status: 402,
    message: /at most.*least estimate/,
    bed: { config: { ...GOVERNED, plans: { poor: { models: '*', max_cost_per_request_cents: 0 } } } },
    customer: { plan: 'poor' },
  },
  {
    what: 'tools, and no model that calls them',
    code: 'unsupported_capability',
    status: 400,
    param: 'tools',
    message: /tools/,
    bed: only('deepseek-v3.2-speciale'),
    more: (family) => TOOLS[family],
  },
  {
    what: 'a schema, and no model that follows it',
    code: 'unsupported_capability',
    status: 400,
    param: 'response_format',
    message: /structured output/,
    bed: only('deepseek-v3.2-speciale'),
    more: (family) => STRUCTURED[family],
  },
  {
    what: 'an image, and no model that sees',
    code: 'unsupported_capability',
    status: 400,
    param: 'messages',
    message: /vision/,
    bed: only('o3', 'deepseek-chat'),
    more: (family) => IMAGE[family],
  },
  {
    what: 'a prompt longer than every context',
    code: 'context_length_exceeded',
    status: 400,
    param: 'any',
    message: /5\d{4}.*32768/,
    bed: only('deepseek-chat'),
    text: 'x'.repeat(200_000),
  },
  {
    what: 'ejected endpoints',
    code: 'no_endpoint_available',
    status: 503,
    message: /./,
    bed: { ...only(FIRST), model: { routing: { allowed_fails: 1, cooldown: '1h' } } },
    before: async (bed) => {
      await bed.mocks[FIRST].fault({ fault: 'unauthorized', times: 1 });
      await askAs('chat', bed.url, 'something else');
      await bed.reset();
    },
  },
  {
    what: 'models that all fail',
    code: 'all_providers_failed',
    status: 502,
    message: new RegExp(`${FIRST}.*${SECOND}.*${THIRD}`),
    before: (bed) => Promise.all(SEVEN_MODELS.map((model) => bed.mocks[model].fault({ fault: 'server-error' }))),
    bed: { model: { routing: { allowed_fails: 1000 } } },
    called: [FIRST, SECOND, THIRD],
  },
];

async function made(bed: AutoBed, path: string, body: object): Promise<Record<string, { id: string; value: string }>> {
  const answer = await send(`${bed.url}/api/governance/${path}`, { body });
  expect(answer.status, answer.body.toString()).toBe(201);
  return jsonOf(answer) as Record<string, { id: string; value: string }>;
}

async function keyOf(bed: AutoBed, customer: object | undefined, fields: object = {}): Promise<string> {
  const owner =
    customer === undefined
      ? {}
      : { customer_id: (await made(bed, 'customers', { name: 'c', ...customer }))['customer']!.id };
  return (await made(bed, 'virtual-keys', { name: 'k', ...owner, ...fields }))['virtual_key']!.value;
}

describe.each(ROWS)('$what: $status $code', (row) => {
  test('in the envelope of each family, before a stream is opened', async () => {
    const bed = await autoBed(row.bed);
    await row.before?.(bed);
    const governed = row.customer !== undefined || row.key !== undefined;
    const headers: Readonly<Record<string, string>> = governed
      ? { authorization: `Bearer ${await keyOf(bed, row.customer, row.key)}` }
      : {};
    for (const family of FAMILIES) {
      for (const stream of [false, true]) {
        const options: AskOptions = { headers, stream, more: row.more?.(family) ?? {} };
        const answer = await askAs(family, bed.url, row.text ?? 'hello', options);
        const message = messageIn(family, answer, row);
        expect(message).toMatch(row.message);
        expect(message).not.toMatch(/sk-of-/);
        if (row.code === 'no_endpoint_available') expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
    }
    const called = await bed.called();
    expect(new Set(called)).toEqual(new Set(row.called));
  });
});

test('no model that the catalogue knows: 503 no_llm_provider', async () => {
  const app = await startApp({
    models: { 'my-own': { endpoints: [{ provider: 'openai', base_url: 'http://127.0.0.1:9/v1', api_key: 'k' }] } },
  });
  onTestFinished(() => app.close());
  for (const family of FAMILIES) {
    const answer = await askAs(family, app.url, 'hello');
    expect(messageIn(family, answer, { code: 'no_llm_provider', status: 503 })).toMatch(/No eligible LLM provider/);
  }
});

describe('operations that auto is no model of', () => {
  let bed: AutoBed;
  beforeAll(async () => {
    bed = await startAutoBed();
  });
  beforeEach(() => bed.reset());
  afterAll(() => bed.close());

  test.each([
    ['/v1/embeddings', { model: 'auto', input: 'x' }],
    ['/v1/completions', { model: 'auto', prompt: 'x' }],
    ['/v1/images/generations', { model: 'auto', prompt: 'x' }],
    ['/v1/audio/speech', { model: 'auto', input: 'x', voice: 'alloy' }],
    ['/v1/moderations', { model: 'auto', input: 'x' }],
  ])('%s: 400 invalid_value, param model', async (path, body) => {
    const answer = await send(bed.url + path, { body });
    expect(answer.status, answer.body.toString()).toBe(400);
    expect(jsonOf(answer)).toMatchObject({ error: { code: 'invalid_value', param: 'model' } });
    expect(await bed.called()).toEqual([]);
  });

  test('a form', async () => {
    const form = new FormData();
    form.append('model', 'auto');
    form.append('file', new Blob(['x']), 'a.wav');
    const answer = await fetch(`${bed.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_value', param: 'model' } });
  });

  test('counts of tokens and embeddings of the other families', async () => {
    const { messages } = requestOf('messages', 'hello').body as { messages: object };
    const count = await send(`${bed.url}/v1/messages/count_tokens`, {
      headers: { 'anthropic-version': '2023-06-01' },
      body: { model: 'auto', messages },
    });
    expect(count.status).toBe(400);
    expect(jsonOf(count)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    for (const method of ['countTokens', 'embedContent', 'batchEmbedContents', 'predict']) {
      const answer = await send(`${bed.url}/v1beta/models/auto:${method}`, {
        body: { contents: [{ parts: [{ text: 'x' }] }], content: { parts: [{ text: 'x' }] }, requests: [] },
      });
      expect([method, answer.status]).toEqual([method, 400]);
      expect(jsonOf(answer)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
    }
    expect(await bed.called()).toEqual([]);
  });
});

describe('whether there is an auto', () => {
  test('`enabled: false`: 404, and no list has it', async () => {
    const bed = await autoBed({ config: { auto: { enabled: false } } });
    for (const family of FAMILIES) {
      const answer = await askAs(family, bed.url, 'hello');
      messageIn(family, answer, { code: 'model_not_found', status: 404, param: 'any' });
    }
    expect(await idsOf(bed.url)).toEqual([...SEVEN_MODELS]);
    expect((await send(`${bed.url}/v1/models/auto`, { method: 'GET' })).status).toBe(404);
  });

  test('a model of the configuration that is called auto wins', async () => {
    const bed = await autoBed({ moreModels: (mocks) => ({ auto: at(mocks['gpt-4o'], { model: 'gpt-4o' }) }) });
    for (const family of FAMILIES) {
      const answer = expectOk(await askAs(family, bed.url, 'hello'));
      expect(answer.headers['x-llmproxy-complexity']).toBeUndefined();
    }
    expect(new Set(await bed.called())).toEqual(new Set(['gpt-4o']));
    expect((await idsOf(bed.url)).filter((id) => id === 'auto')).toEqual(['auto']);
  });

  test('`*` takes no request for auto away', async () => {
    const bed = await autoBed({ moreModels: (mocks) => ({ '*': at(mocks['gpt-4o']) }) });
    expectOk(await askAs('chat', bed.url, 'hello'));
    expect(await bed.called()).toEqual([FIRST]);
  });

  test('the lists of each family have it, and so has one model', async () => {
    const bed = await autoBed();
    expect(await idsOf(bed.url)).toEqual(expect.arrayContaining(['auto', ...SEVEN_MODELS]));
    await expectListed(bed.url, {});
  });

  test('a caller with a virtual key is shown it, whatever its allow list says', async () => {
    const bed = await autoBed({ config: GOVERNED });
    const key = await keyOf(bed, undefined, { allowed_models: ['gpt-4o'] });
    const headers = { authorization: `Bearer ${key}` };
    expect((await idsOf(bed.url, headers)).toSorted()).toEqual(['auto', 'gpt-4o']);
    await expectListed(bed.url, headers);
    expectOk(await askAs('chat', bed.url, 'hello', { headers }));
    expect(await bed.called()).toEqual(['gpt-4o']);
  });
});

function at({ baseURL }: Mock, more: object = {}): object {
  return { endpoints: [{ provider: 'openai', base_url: baseURL, api_key: 'k', ...more }] };
}

async function idsOf(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const answer = await send(`${url}/v1/models`, { method: 'GET', headers });
  return (jsonOf(answer) as { data: { id: string }[] }).data.map(({ id }) => id);
}

async function expectListed(url: string, headers: Record<string, string>): Promise<void> {
  const get = async (path: string, more: Record<string, string> = {}): Promise<Record<string, unknown>> =>
    jsonOf(expectOk(await send(url + path, { method: 'GET', headers: { ...headers, ...more } })));
  const anthropic = { 'anthropic-version': '2023-06-01', 'x-api-key': 'k' };
  const own = 'authorization' in headers ? { 'anthropic-version': '2023-06-01' } : anthropic;
  expect(await get('/v1/models/auto')).toMatchObject({ id: 'auto', object: 'model' });
  const listed = (await get('/v1/models?limit=100', own)) as { data: object[] };
  expect(listed.data).toContainEqual(expect.objectContaining({ id: 'auto', type: 'model' }));
  const gemini = (await get('/v1beta/models')) as { models: object[] };
  expect(gemini.models).toContainEqual(expect.objectContaining({ name: 'models/auto' }));
  expect(await get('/v1beta/models/auto')).toMatchObject({ name: 'models/auto' });
}
