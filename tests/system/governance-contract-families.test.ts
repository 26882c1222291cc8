import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { AzureOpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import {
  bearer,
  budget,
  refusedCallers,
  requestLimit,
  startGoverned,
  type Answer,
  type Entity,
  type Governed,
} from './governed.ts';

const CLAUDE = 'claude-3-5-sonnet-20240620';
const GEMINI = 'gemini-2.5-flash';

let bed: Governed;
let strict: Governed;
beforeAll(async () => {
  const models = (endpoint: object): object => ({
    'gpt-realtime': { endpoints: [endpoint] },
    'gpt-image-1': { endpoints: [endpoint] },
    'text-embedding-3-small': { endpoints: [endpoint] },
  });
  [bed, strict] = await Promise.all([
    startGoverned({ models }),
    startGoverned({ models, config: { auth: { admin: 'open', require_key: true } } }),
  ]);
});
afterAll(() => Promise.all([bed.close(), strict.close()]));

const valueOf = (entity: Entity): string => String(entity['value']);

type Request = (
  key: string | undefined,
  stream: boolean,
) => { path: string; headers: Record<string, string>; body: object };

const under =
  (name: string) =>
  (key: string | undefined): Record<string, string> =>
    key === undefined ? {} : { [name]: key };
const MESSAGES = [{ role: 'user', content: 'hello' }];

const REQUESTS: Readonly<Record<string, readonly [form: 'openai' | 'anthropic' | 'gemini', Request]>> = {
  'chat completions': [
    'openai',
    (key, stream) => ({
      path: '/v1/chat/completions',
      headers: bearer(key),
      body: { model: 'gpt-4', messages: MESSAGES, stream },
    }),
  ],
  responses: [
    'openai',
    (key, stream) => ({
      path: '/v1/responses',
      headers: bearer(key),
      body: { model: 'gpt-4', input: 'hello', stream },
    }),
  ],
  completions: [
    'openai',
    (key, stream) => ({
      path: '/v1/completions',
      headers: bearer(key),
      body: { model: 'gpt-4', prompt: 'hello', stream },
    }),
  ],
  embeddings: [
    'openai',
    (key) => ({
      path: '/v1/embeddings',
      headers: bearer(key),
      body: { model: 'text-embedding-3-small', input: 'hello' },
    }),
  ],
  images: [
    'openai',
    (key) => ({
      path: '/v1/images/generations',
      headers: bearer(key),
      body: { model: 'gpt-image-1', prompt: 'a cat' },
    }),
  ],
  Azure: [
    'openai',
    (key, stream) => ({
      path: '/openai/deployments/gpt-4/chat/completions?api-version=2024-10-21',
      headers: under('api-key')(key),
      body: { messages: MESSAGES, stream },
    }),
  ],
  messages: [
    'anthropic',
    (key, stream) => ({
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01', ...under('x-api-key')(key) },
      body: { model: CLAUDE, max_tokens: 16, messages: MESSAGES, stream },
    }),
  ],
  'messages below /anthropic': [
    'anthropic',
    (key, stream) => ({
      path: '/anthropic/v1/messages',
      headers: { 'anthropic-version': '2023-06-01', ...under('x-api-key')(key) },
      body: { model: CLAUDE, max_tokens: 16, messages: MESSAGES, stream },
    }),
  ],
  generateContent: [
    'gemini',
    (key, stream) => ({
      path: `/v1beta/models/${GEMINI}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      headers: under('x-goog-api-key')(key),
      body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    }),
  ],
};

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};
const GEMINI_WORDS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  402: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  429: 'RESOURCE_EXHAUSTED',
};

function expectForm(form: 'openai' | 'anthropic' | 'gemini', answer: Answer, status: number, code: string): void {
  const message: unknown = expect.stringMatching(/\S/);
  expect([answer.status, answer.headers['content-type']], answer.text).toEqual([
    status,
    expect.stringMatching(/^application\/json/),
  ]);
  if (form === 'openai') {
    const param: unknown = expect.toBeOneOf([null, 'model']);
    expect(answer.json).toEqual({ error: { message, type: expect.any(String) as unknown, code, param } });
  } else if (form === 'anthropic') {
    expect(answer.json).toMatchObject({ type: 'error', error: { type: ANTHROPIC_TYPES[status], message } });
  } else {
    expect(answer.json).toMatchObject({ error: { code: status, message, status: GEMINI_WORDS[status] } });
    expect(answer.text).toContain(code.toUpperCase());
  }
}

describe.each(Object.entries(REQUESTS))('%s', (_what, [form, request]) => {
  test('a refusal has the form of its family, and no stream is opened for it', async () => {
    const sent = [await bed.upstreamCalls(), await strict.upstreamCalls()];
    const asked = await refusedCallers(bed);
    for (const [status, code, key] of asked) {
      for (const stream of [false, true]) {
        const { path, ...rest } = request(key, stream);
        const answer = await (key === undefined ? strict : bed).call(path, { method: 'POST', ...rest });
        expectForm(form, answer, status, code);
        if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        else
          expect(answer.headers['x-should-retry'], code).toBe(
            status === 401 ? answer.headers['x-should-retry'] : 'false',
          );
      }
    }
    // The one that used up its limit was sent.
    expect([await bed.upstreamCalls(), await strict.upstreamCalls()]).toEqual([sent[0]! + 1, sent[1]]);
  });

  test('a request that passes is counted and charged to its key', async () => {
    const key = await bed.make('virtual-keys', { ...requestLimit(10), ...budget(10) });
    for (const stream of [false, true]) {
      const { path, ...rest } = request(valueOf(key), stream);
      const answer = await bed.call(path, { method: 'POST', ...rest });
      expect([answer.status, answer.broken], answer.text).toEqual([200, false]);
    }
    const { rate_limit: rate, budget: money } = (await bed.get('virtual-keys', key.id)) as Entity & {
      rate_limit: { request_current_usage: number };
      budget: { current_usage: number };
    };
    expect(rate.request_current_usage).toBe(2);
    expect(money.current_usage).toBeGreaterThanOrEqual(1);
  });
});

test.each(['chat completions', 'responses', 'completions', 'Azure', 'messages', 'generateContent'])(
  'tokens move by the usage that the answer has, and by the same for a stream: %s',
  async (name) => {
    const key = await bed.make('virtual-keys', {
      rate_limit: { token_max_limit: 1_000_000, token_reset_duration: '1h' },
    });
    const tokens = async (): Promise<number> =>
      ((await bed.get('virtual-keys', key.id))['rate_limit'] as { token_current_usage: number }).token_current_usage;
    const counted: number[] = [];
    for (const stream of [false, true]) {
      const { path, headers, body } = REQUESTS[name]![1](valueOf(key), stream);
      await bed.call(path, { method: 'POST', headers: { ...headers, 'cache-control': 'no-cache' }, body });
      counted.push(await tokens());
    }
    expect(counted[0]).toBeGreaterThan(5);
    expect(counted[1]).toBe(2 * counted[0]!);
  },
);

test('our limits stand in the headers of each family', async () => {
  const key = await bed.key(requestLimit(10));
  const headersFor = async (name: keyof typeof REQUESTS): Promise<Answer['headers']> => {
    const { path, ...rest } = REQUESTS[name]![1](key, false);
    return (await bed.call(path, { method: 'POST', ...rest })).headers;
  };
  expect(await headersFor('chat completions')).toMatchObject({
    'x-ratelimit-limit-requests': '10',
    'x-ratelimit-remaining-requests': '9',
  });
  expect(await headersFor('messages')).toMatchObject({
    'anthropic-ratelimit-requests-limit': '10',
    'anthropic-ratelimit-requests-remaining': '8',
    'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
  });
  expect(Object.keys(await headersFor('generateContent')).filter((name) => name.includes('ratelimit'))).toEqual([]);
});

test('the official SDKs take a virtual key as theirs, and throw their own errors', async () => {
  const key = await bed.key(requestLimit(4));
  const openai = new OpenAI({ baseURL: `${bed.url}/v1`, apiKey: key, maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: bed.url, apiKey: key, maxRetries: 0 });
  const azure = new AzureOpenAI({ endpoint: bed.url, apiKey: key, apiVersion: '2024-10-21', maxRetries: 0 });
  const gemini = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: bed.url } });
  const content = [{ role: 'user' as const, content: nonce() }];
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    openai: () => openai.chat.completions.create({ model: 'gpt-4', messages: content }),
    azure: () => azure.chat.completions.create({ model: 'gpt-4', messages: content }),
    anthropic: () => anthropic.messages.create({ model: CLAUDE, max_tokens: 16, messages: content }),
    gemini: () => gemini.models.generateContent({ model: GEMINI, contents: nonce() }),
  };
  for (const [name, call] of Object.entries(calls)) await expect(call(), name).resolves.toBeDefined();
  await expect(calls['openai']!()).rejects.toThrow(OpenAI.RateLimitError);
  await expect(calls['azure']!()).rejects.toThrow(OpenAI.RateLimitError);
  await expect(calls['anthropic']!()).rejects.toThrow(Anthropic.RateLimitError);
  await expect(calls['gemini']!()).rejects.toMatchObject({ status: 429 });
});

describe('routes that are passed through', () => {
  test('with a model: the model of the body is the one that is judged, wherever it stands', async () => {
    const key = await bed.key({ allowed_models: ['gpt-4'] });
    const form = new FormData();
    form.set('model', 'gpt-image-1');
    form.set('prompt', 'a cat');
    const headers = bearer(key);
    const asForm = await fetch(`${bed.url}/v1/images/edits`, { method: 'POST', headers, body: form });
    expect([asForm.status, ((await asForm.json()) as { error: { code: string } }).error.code]).toEqual([
      403,
      'model_blocked',
    ]);
    for (const body of [
      { model: 'gpt-image-1', prompt: 'x' },
      '{"model":"gpt-4","model":"gpt-image-1","prompt":"x"}',
    ]) {
      const answer = await bed.call('/v1/images/generations', { method: 'POST', headers, body });
      expect([400, 403], answer.text).toContain(answer.status);
    }
  });

  test.each<[path: string, body: object, status: number]>([
    ['/v1/images/generations?model=gpt-4', { model: 'gpt-image-1' }, 400],
    ['/v1/images/generations?model=gpt-image-1', { model: 'gpt-4' }, 400],
    ['/v1/images/generations?model=gpt-image-1', {}, 403],
    ['/v1/moderations', {}, 403],
    ['/v1/realtime/client_secrets', { session: { model: 'gpt-realtime' } }, 403],
    ['/v1/realtime/client_secrets', { model: 'gpt-4', session: { model: 'gpt-realtime' } }, 400],
    ['/v1/videos', { model: 'gpt-image-1' }, 403],
    ['/v1/responses/compact', { model: 'gpt-image-1' }, 403],
    ['/v1/rerank', { model: 'gpt-image-1' }, 403],
    ['/v1/Images/Generations', { model: 'gpt-image-1' }, 403],
    ['/v1//images/generations', { model: 'gpt-image-1' }, 403],
    ['/images/generations', { model: 'gpt-image-1' }, 403],
  ])('%s with %j is %d for a key of another model, and not sent', async (path, body, status) => {
    const before = await bed.upstreamCalls();
    const headers = bearer(await bed.key({ allowed_models: ['gpt-4'] }));
    const answer = await bed.call(path, { method: 'POST', headers, body: { prompt: 'x', input: 'x', ...body } });
    expect(answer.status, answer.text).toBe(status);
    expect(await bed.upstreamCalls()).toBe(before);
  });

  test.each<[string, string, number]>([
    ['GET', '/v1/files', 403],
    ['GET', '/v1/batches', 403],
    ['POST', '/v1/vector_stores', 403],
    ['GET', '/v1/fine_tuning/jobs', 403],
    ['GET', '/v1/models', 200],
  ])('%s %s with a key that is limited to some models: %d', async (method, path, status) => {
    for (const fields of [{ allowed_models: ['gpt-4'] }, { allowed_providers: ['openai'] }]) {
      const limited = await bed.key(fields);
      const answer = await bed.call(path, {
        method,
        headers: bearer(limited),
        ...(method === 'POST' ? { body: {} } : {}),
      });
      expect([answer.status, answer.text.includes('route_blocked')]).toEqual([status, status === 403]);
    }
    const free = await bed.key({ allowed_models: [], allowed_providers: null });
    const open = await bed.call(path, { method, headers: bearer(free), ...(method === 'POST' ? { body: {} } : {}) });
    expect(open.status).toBe(200);
  });

  test('an unknown key and an exhausted one are refused there too', async () => {
    const spent = await bed.key(requestLimit(1));
    await bed.chat(spent);
    const poor = await bed.key(budget(0));
    const before = await bed.upstreamCalls();
    for (const [key, status] of [
      ['sk-lp-unknown', 403],
      [spent, 429],
      [poor, 402],
    ] as const) {
      for (const path of ['/v1/vector_stores', '/v1/batches', '/v1/moderations', '/v1/audio/speech']) {
        const body = { model: 'gpt-4', input: 'x', voice: 'alloy' };
        expect((await bed.call(path, { method: 'POST', headers: bearer(key), body })).status, path).toBe(status);
      }
    }
    expect(await bed.upstreamCalls()).toBe(before);
  });
});
