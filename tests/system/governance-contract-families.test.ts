import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { AzureOpenAI } from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Talk } from '../conformance/sockets.ts';
import { nonce } from './ask.ts';
import { budget, requestLimit, startGoverned, type Answer, type Entity, type Governed } from './governed.ts';

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

/** A caller without a key, and keys that fail at one gate each. */
async function callers(): Promise<readonly (readonly [status: number, code: string, key: string | undefined])[]> {
  const spent = await bed.key(requestLimit(1));
  await bed.chat(spent);
  return [
    [401, 'virtual_key_required', undefined],
    [402, 'budget_exceeded', await bed.key(budget(0))],
    [403, 'virtual_key_not_found', 'sk-lp-unknown'],
    [403, 'model_blocked', await bed.key({ allowed_models: ['none'] })],
    [403, 'provider_blocked', await bed.key({ allowed_providers: ['none'] })],
    [429, 'request_limited', spent],
  ];
}

type Request = (
  key: string | undefined,
  stream: boolean,
) => { path: string; headers: Record<string, string>; body: object };

const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };
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
    const asked = await callers();
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

describe('WebSockets', () => {
  /** Status of the answer to an upgrade; 101 when it was made. */
  async function upgrade(url: string, headers: Record<string, string>): Promise<[number, string]> {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    socket.on('error', () => undefined);
    onTestFinished(() => socket.terminate());
    return new Promise((resolve) => {
      socket.once('open', () => resolve([101, '']));
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]));
      });
    });
  }

  test('an upgrade of the realtime API is refused before it is made', async () => {
    for (const [status, code, key] of await callers()) {
      const url = `${key === undefined ? strict.url : bed.url}/v1/realtime?model=gpt-realtime`;
      const [given, text] = await upgrade(url, bearer(key));
      expect([given, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([status, code]);
    }
    const [opened] = await upgrade(`${bed.url}/v1/realtime?model=gpt-realtime`, bearer(await bed.key()));
    expect(opened).toBe(101);
  });

  test('Responses: a caller without a key, with a wrong or a blocked one gets no socket', async () => {
    expect((await upgrade(`${strict.url}/v1/responses`, {}))[0]).toBe(401);
    expect((await upgrade(`${bed.url}/v1/responses`, bearer('sk-lp-unknown')))[0]).toBe(403);
    expect((await upgrade(`${bed.url}/v1/responses`, bearer(await bed.key({ is_active: false }))))[0]).toBe(403);
  });

  test('Responses: a response.create that is refused is an error event, the socket stays, and changes act on the next one', async () => {
    const key = await bed.make('virtual-keys', requestLimit(1));
    const ws = new ResponsesWS(new OpenAI({ baseURL: `${bed.url}/v1`, apiKey: valueOf(key) }));
    onTestFinished(() => ws.close());
    const talk = new Talk();
    ws.on('event', (event) => talk.push(event));
    ws.on('error', () => undefined);
    const create = (more: object = {}): void =>
      ws.send({ type: 'response.create', model: 'gpt-4', input: nonce(), ...more } as never);
    const errorOf = async (count: number): Promise<unknown> => {
      const { status, error } = (await talk.next('error', count)) as unknown as {
        status: number;
        error: { code: string };
      };
      return [status, error.code];
    };
    create();
    await talk.next('response.completed');
    create();
    expect(await errorOf(1)).toEqual([429, 'request_limited']);
    await bed.put('virtual-keys', key.id, { rate_limit: null, ...budget(1) });
    create();
    await talk.next('response.completed', 2);
    create();
    expect(await errorOf(2)).toEqual([402, 'budget_exceeded']);
    await bed.put('virtual-keys', key.id, { budget: null, allowed_models: ['gpt-4'] });
    create({ model: 'gpt-4o-mini' });
    expect(await errorOf(3)).toEqual([403, 'model_blocked']);
    create();
    await talk.next('response.completed', 3);
    await bed.put('virtual-keys', key.id, { is_active: false });
    create();
    expect(await errorOf(4)).toEqual([403, 'virtual_key_blocked']);
    await bed.put('virtual-keys', key.id, { is_active: true });
    create();
    await talk.next('response.completed', 4);
  });

  test('what a realtime session uses is charged to its key', async () => {
    const key = await bed.make('virtual-keys', {
      rate_limit: { token_max_limit: 1_000_000, token_reset_duration: '1h' },
    });
    const socket = new WebSocket(`${bed.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`, {
      headers: bearer(valueOf(key)),
    });
    onTestFinished(() => socket.terminate());
    const talk = new Talk();
    socket.on('message', (data: Buffer) => talk.push(JSON.parse(data.toString())));
    await talk.next('session.created');
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] };
    socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
    socket.send(JSON.stringify({ type: 'response.create', response: { output_modalities: ['text'] } }));
    const done = (await talk.next('response.done')) as unknown as { response: { usage: { total_tokens: number } } };
    expect(done.response.usage.total_tokens).toBeGreaterThan(0);
    const tokens = async (): Promise<unknown> =>
      ((await bed.get('virtual-keys', key.id))['rate_limit'] as { token_current_usage: number }).token_current_usage;
    await expect.poll(tokens).toBe(done.response.usage.total_tokens);
  });
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
