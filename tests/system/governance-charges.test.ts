import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { chunk, DONE } from './answers.ts';
import { nonce } from './ask.ts';
import { budget, startGoverned, verdict, type Answer, type Entity, type Governed } from './governed.ts';
import { openSocket, postText } from './http.ts';
import { startUpstream, type Answer as Upstreams, type Upstream } from './upstream.ts';

/** One dollar a token that goes in, ten that come out; a cached one costs ten cents, a written one two dollars. */
const PRICE = { input: 1_000_000, output: 10_000_000, cached_input: 100_000, cache_write: 2_000_000 };
const DOLLAR = 100;
const MESSAGES = [{ role: 'user', content: 'hello' }];

const upstreams: Upstream[] = [];
let bed: Governed;

/** What an endpoint does is said by the model that it is asked for. */
const ANSWERS: Readonly<Record<string, Upstreams>> = {
  fails: (response) =>
    response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}'),
  whole: json(completion({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 })),
  'cached-and-reasoning': json(
    completion({
      prompt_tokens: 110,
      completion_tokens: 50,
      total_tokens: 160,
      prompt_tokens_details: { cached_tokens: 100 },
      completion_tokens_details: { reasoning_tokens: 40 },
    }),
  ),
  zero: json(completion({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })),
  impossible: json(
    completion({
      prompt_tokens: 10,
      completion_tokens: -5,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 99 },
    }),
  ),
  silent: (response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(chunk({ role: 'assistant', content: 'Hello there, how are you today?' }) + chunk({}, 'stop') + DONE),
  torn: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ role: 'assistant', content: 'Hello there, how are you today?' }), () => response.destroy());
  },
  slow: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ role: 'assistant', content: 'Hello there, how are you today?' }));
  },
  'claude-cached': json({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: 'hi' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 50, output_tokens: 5 },
  }),
  vectors: json({
    object: 'list',
    model: 'vectors',
    data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
    usage: { prompt_tokens: 7, total_tokens: 7 },
  }),
};

function json(body: object): Upstreams {
  return (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function completion(usage: object): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    usage,
  };
}

const asked = (at: number): string[] =>
  upstreams[at]!.requests.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model);

beforeAll(async () => {
  const play: Upstreams = (response, request, incoming) => {
    const { model } = JSON.parse(request.body.toString()) as { model: string };
    return (ANSWERS[model] ?? ANSWERS['whole']!)(response, request, incoming);
  };
  upstreams.push(await startUpstream(play), await startUpstream(play));
  const at = (index: number, more: object): object => ({
    provider: 'openai',
    name: `e${index}`,
    base_url: upstreams[index]!.baseURL,
    api_key: 'sk-endpoint',
    weight: index === 0 ? 1 : 0,
    ...more,
  });
  const single = Object.keys(ANSWERS).map((name) => [name, { endpoints: [at(0, {})] }]);
  bed = await startGoverned({
    config: { prices: { '*': PRICE, free: { input: 0, output: 0 } }, cache: { ttl: '1h' } },
    models: () => ({
      ...Object.fromEntries(single),
      free: { endpoints: [at(0, { model: 'whole' })] },
      'claude-cached': {
        endpoints: [at(0, { provider: 'anthropic', base_url: upstreams[0]!.baseURL.replace('/v1', '') })],
      },
      'falls-over': {
        endpoints: [
          at(0, { model: 'fails' }),
          at(1, { model: 'whole', provider_name: 'mistral', price: { input: 3_000_000, output: 0 } }),
        ],
      },
    }),
  });
});
afterAll(async () => {
  await bed.close();
  await Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]()));
});

const rich = (more: object = {}): Promise<Entity> =>
  bed.make('virtual-keys', { ...budget(1_000_000 * DOLLAR), ...more });
const ask = (key: Entity, model: string, more: object = {}): Promise<Answer> =>
  bed.chat(String(key['value']), { model, ...more });
const dollars = async ({ id }: Entity): Promise<number> =>
  ((await bed.get('virtual-keys', id))['budget'] as { current_usage: number }).current_usage / DOLLAR;
const row = async ({ id }: Entity): Promise<Record<string, unknown> | undefined> =>
  ((await bed.api('GET', '/usage?group_by=key')).json['rows'] as Record<string, unknown>[]).find(
    (one) => one['virtual_key_id'] === id,
  );

test.each<[model: string, cost: number]>([
  ['whole', 10 * 1 + 5 * 10],
  // Reasoning tokens are part of the output, cached ones of the input.
  ['cached-and-reasoning', 10 * 1 + 100 * 0.1 + 50 * 10],
  ['zero', 0],
  // Cached tokens are at most the input, output at least nothing.
  ['impossible', 10 * 0.1],
])('the usage of %s costs %d dollars', async (model, cost) => {
  const key = await rich();
  expect(verdict(await ask(key, model))).toBe('200 ok');
  expect(await dollars(key)).toBe(cost);
});

test.each(['/v1/chat/completions', '/v1/messages'])(
  'cached and written tokens stand beside the input at Anthropic, and are counted once: %s',
  async (path) => {
    const key = await rich();
    const body = { model: 'claude-cached', max_tokens: 16, messages: MESSAGES };
    const answer = await bed.call(path, { headers: { authorization: `Bearer ${String(key['value'])}` }, body });
    expect(answer.status, answer.text).toBe(200);
    expect(await dollars(key)).toBe(10 * 1 + 100 * 0.1 + 50 * 2 + 5 * 10);
  },
);

test('embeddings cost their input', async () => {
  const key = await rich();
  const headers = { authorization: `Bearer ${String(key['value'])}` };
  await bed.call('/v1/embeddings', { headers, body: { model: 'vectors', input: nonce() } });
  expect(await dollars(key)).toBe(7);
});

test('a free model costs nothing, and a budget that is used up refuses it all the same', async () => {
  const key = await bed.make('virtual-keys', budget(DOLLAR));
  expect(verdict(await ask(key, 'free'))).toBe('200 ok');
  expect([await dollars(key), (await row(key))?.['unpriced_requests'] ?? 0]).toEqual([0, 0]);
  expect(verdict(await ask(key, 'whole'))).toBe('200 ok');
  expect(verdict(await ask(key, 'free'))).toBe('402 budget_exceeded');
});

test('after a failover the endpoint that answered is paid, at its own price, in one row', async () => {
  const key = await rich();
  const answer = await ask(key, 'falls-over');
  expect([answer.status, answer.headers['x-llmproxy-endpoint']]).toEqual([200, 'falls-over/e1']);
  expect(await dollars(key)).toBe(10 * 3);
  await expect.poll(() => row(key)).toMatchObject({ requests: 1, errors: 0, input_tokens: 10, cost_usd: 30 });
});

test('no failover leads to an endpoint that the key may not use', async () => {
  const key = await rich({ allowed_providers: ['openai'] });
  const before = upstreams[1]!.requests.length;
  expect((await ask(key, 'falls-over')).status).toBe(500);
  expect(upstreams[1]!.requests.length).toBe(before);
  expect(await dollars(key)).toBe(0);
});

test('no failover leads to a provider whose limit is used up, and a limit of one provider leaves the others', async () => {
  const limit = { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } };
  const key = await rich({ provider_limits: { mistral: limit } });
  expect((await ask(key, 'falls-over')).status).toBe(200);
  const before = upstreams[1]!.requests.length;
  expect((await ask(key, 'falls-over')).status).toBe(500);
  expect(upstreams[1]!.requests.length).toBe(before);
  expect((await ask(key, 'whole')).status).toBe(200);
});

test.each(['anthropic', 'claude', 'Anthropic'])(
  'a limit for the provider %s is one whatever it is called',
  async (name) => {
    const limit = { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } };
    const key = await rich({ provider_limits: { [name]: limit } });
    expect(verdict(await ask(key, 'claude-cached'))).toBe('200 ok');
    expect(verdict(await ask(key, 'claude-cached'))).toBe('429 request_limited');
    expect(verdict(await ask(key, 'whole'))).toBe('200 ok');
  },
);

test.each([{}, { stream_options: { include_usage: false } }, { include_usage: true, usage: { total_tokens: 0 } }])(
  'a stream without usage is estimated, whatever the client sends: %j',
  async (more) => {
    const key = await rich();
    const answer = await ask(key, 'silent', { stream: true, ...more });
    expect([answer.status, answer.text.includes('"usage"')]).toEqual([200, false]);
    // 31 characters of an answer are some eight tokens, and its prompt is shorter than twenty.
    expect(await dollars(key)).toBeGreaterThan(60);
    expect(await dollars(key)).toBeLessThan(150);
  },
);

test('what was seen of a stream that broke off stays charged', async () => {
  const key = await rich();
  const answer = await ask(key, 'torn', { stream: true });
  expect([answer.status, answer.broken]).toEqual([200, true]);
  await expect.poll(() => dollars(key)).toBeGreaterThan(60);
});

test('a client that leaves pays for what was generated, and its place is free again', async () => {
  const key = await rich({ max_concurrency: 1 });
  const leaver = openSocket(bed.url);
  onTestFinished(() => leaver.leave());
  const body = { model: 'slow', stream: true, messages: [{ role: 'user', content: nonce() }] };
  leaver.write(postText('/v1/chat/completions', body, { authorization: `Bearer ${String(key['value'])}` }));
  await leaver.until('Hello there');
  expect(verdict(await ask(key, 'whole'))).toBe('429 concurrency_limited');
  expect(await dollars(key)).toBe(0);
  leaver.leave();
  await expect.poll(() => dollars(key)).toBeGreaterThan(60);
  await expect.poll(async () => verdict(await ask(key, 'whole'))).toBe('200 ok');
});

test('equal requests of two tenants at one moment are two generations, each paid by its own', async () => {
  const keys = [await rich({ team_id: (await bed.make('teams')).id }), await rich()];
  const messages = [{ role: 'user', content: nonce() }];
  const before = asked(0).length;
  const answers = await Promise.all(keys.map((key) => ask(key, 'whole', { messages })));
  expect(answers.map(({ headers }) => headers['x-llmproxy-cache'])).toEqual(['miss', 'miss']);
  expect(asked(0).length).toBe(before + 2);
  expect(await Promise.all(keys.map(dollars))).toEqual([60, 60]);
});

test('the model that is judged is the one that is asked for, wherever else another is named', async () => {
  const key = await rich({ allowed_models: ['whole'] });
  const headers = { authorization: `Bearer ${String(key['value'])}` };
  const before = asked(0).length;
  const azure = '/openai/deployments/whole/chat/completions?api-version=2024-10-21';
  const answers = [
    await bed.call(azure, { headers, body: { model: 'zero', messages: MESSAGES } }),
    await bed.call('/openai/deployments/zero/chat/completions', {
      headers,
      body: { model: 'whole', messages: MESSAGES },
    }),
    await bed.call('/v1/chat/completions?model=whole', { headers, body: { model: 'zero', messages: MESSAGES } }),
    await bed.call('/v1beta/models/zero:generateContent', {
      headers,
      body: { model: 'models/whole', contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    }),
    await bed.call('/v1/chat/completions', { headers, body: '{"model":"whole","model":"zero","messages":[]}' }),
  ];
  expect(answers.map(({ status }) => [200, 400, 403].includes(status))).toEqual([true, true, true, true, true]);
  expect(answers[1]!.status).toBe(403);
  expect(answers[2]!.status).toBe(403);
  expect(
    asked(0)
      .slice(before)
      .filter((model) => model !== 'whole'),
  ).toEqual([]);
});

test('a reset of usage leaves the ledger', async () => {
  const key = await rich();
  await ask(key, 'whole');
  await expect.poll(() => row(key)).toMatchObject({ requests: 1, cost_usd: 60 });
  await bed.api('POST', '/usage-reset', { virtual_key_id: key.id });
  expect(await dollars(key)).toBe(0);
  expect(await row(key)).toMatchObject({ requests: 1, cost_usd: 60 });
});
