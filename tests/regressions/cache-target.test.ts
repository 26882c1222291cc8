import { expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { chat, sharedRedis } from '../system/ask.ts';
import { MODEL } from '../system/bed.ts';
import { jsonOf, send } from '../system/http.ts';
import { startUpstream, type Upstream } from '../system/upstream.ts';

/** An endpoint whose answers say where and by which model they were made. */
async function namedUpstream(name: string, fails: () => boolean = () => false): Promise<Upstream> {
  return startUpstream((response, request) => {
    const status = fails() ? 500 : 200;
    const { model } = JSON.parse(request.body.toString()) as { model: string };
    const message = { role: 'assistant', content: `${name} ${model}` };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const answer = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices, usage };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? answer : { error: { message: 'down', type: 'server_error' } }));
  });
}

interface Live extends AsyncDisposable {
  readonly url: string;
  /** Puts another list of endpoints in force. */
  reload(endpoints: readonly object[]): Promise<void>;
}

async function startLive(endpoints: readonly object[], config: object = {}): Promise<Live> {
  const textOf = (list: readonly object[]): string =>
    JSON.stringify({ ...config, server: { port: 0 }, models: { [MODEL]: { endpoints: list } } });
  let text = textOf(endpoints);
  const app = await App.start({
    load: () => parseConfig(text, 'test.yaml', { environment: {} }),
    logSink: { write: () => undefined, flush: () => undefined },
  });
  return {
    url: app.url,
    reload: async (list) => {
      text = textOf(list);
      expect(await app.reload()).toBe(true);
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

interface Said {
  readonly cache: unknown;
  readonly text: string;
}

async function ask(url: string, content: string, headers: Record<string, string> = {}): Promise<Said> {
  const answer = await send(`${url}/v1/chat/completions`, { body: chat(content), headers });
  const { choices } = jsonOf(answer) as { choices?: { message: { content: string } }[] };
  return { cache: answer.headers['x-llmproxy-cache'], text: choices?.[0]?.message.content ?? String(answer.status) };
}

function real(upstream: Upstream, more: object = {}): object {
  return { provider: 'openai', name: 'real', base_url: upstream.baseURL, api_key: 'sk-real', ...more };
}

test('the answer of a mock is not served once the model has a real endpoint instead', async (context) => {
  needsMock(context);
  await using upstream = await namedUpstream('real');
  await using live = await startLive([{ provider: 'mock' }]);
  const before = await ask(live.url, 'What is the capital of France?');
  expect(before.text).toContain('Paris');
  expect((await ask(live.url, 'What is the capital of France?')).cache).toBe('hit');
  await live.reload([real(upstream)]);
  expect(await ask(live.url, 'What is the capital of France?')).toEqual({ cache: 'miss', text: `real ${MODEL}` });
});

test('another upstream model or another address ends the entries of the one before', async (context) => {
  needsMock(context);
  await using one = await namedUpstream('one');
  await using two = await namedUpstream('two');
  await using live = await startLive([real(one, { model: 'v1' })]);
  expect(await ask(live.url, 'q')).toEqual({ cache: 'miss', text: 'one v1' });
  await live.reload([real(one, { model: 'v2' })]);
  expect(await ask(live.url, 'q')).toEqual({ cache: 'miss', text: 'one v2' });
  await live.reload([real(two, { model: 'v2' })]);
  expect(await ask(live.url, 'q')).toEqual({ cache: 'miss', text: 'two v2' });
});

test('further endpoints, weights, keys and names keep the entries', async (context) => {
  needsMock(context);
  await using one = await namedUpstream('one');
  await using two = await namedUpstream('two');
  await using live = await startLive([real(one)]);
  expect((await ask(live.url, 'q')).cache).toBe('miss');
  const more = real(two, { name: 'second' });
  await live.reload([more, real(one, { name: 'renamed', api_key: 'sk-other', weight: 7 })]);
  expect(await ask(live.url, 'q')).toEqual({ cache: 'hit', text: `one ${MODEL}` });
  await live.reload([more]);
  expect((await ask(live.url, 'q')).cache).toBe('miss');
});

test('the name that the client asks for counts as the upstream model where the configuration gives none', async (context) => {
  needsMock(context);
  await using one = await namedUpstream('one');
  await using live = await startLive([real(one)]);
  expect((await ask(live.url, 'q')).cache).toBe('miss');
  await live.reload([real(one, { model: MODEL })]);
  expect((await ask(live.url, 'q')).cache).toBe('hit');
});

test('the answer of a mock that stands in for a real endpoint does not survive the outage', async (context) => {
  needsMock(context);
  let down = true;
  await using upstream = await namedUpstream('real', () => down);
  await using live = await startLive([real(upstream), { provider: 'mock', weight: 0 }], {
    routing: { cooldown: '10ms', allowed_fails: 1 },
  });
  const during = await ask(live.url, 'What is the capital of France?');
  expect(during).toMatchObject({ cache: 'miss', text: expect.stringContaining('Paris') as string });
  down = false;
  await expect.poll(async () => (await ask(live.url, 'What is the capital of France?')).text).toBe(`real ${MODEL}`);
});

test('a proxy with mocks and one with real endpoints share a Redis and no answer', async (context) => {
  needsMock(context);
  const redis = sharedRedis();
  await using upstream = await namedUpstream('real');
  await using development = await startLive([{ provider: 'mock' }], { redis });
  await using production = await startLive([real(upstream)], { redis });
  expect((await ask(development.url, 'What is the capital of France?')).text).toContain('Paris');
  const said = [
    await ask(production.url, 'What is the capital of France?'),
    await ask(production.url, 'What is the capital of France?'),
    await ask(development.url, 'What is the capital of France?'),
  ];
  expect(said.map(({ cache }) => cache)).toEqual(['miss', 'hit', 'hit']);
  expect(said.map(({ text }) => text.startsWith('real'))).toEqual([true, true, false]);
});

test('an entry of a target that is gone is no stale answer either', async (context) => {
  needsMock(context);
  let down = false;
  await using upstream = await namedUpstream('real', () => down);
  await using live = await startLive([real(upstream, { model: 'v1' })], { cache: { ttl: '1s', stale: '1h' } });
  const stale = { 'cache-control': 'stale-if-error=3600' };
  expect((await ask(live.url, 'q')).text).toBe('real v1');
  down = true;
  await expect.poll(async () => (await ask(live.url, 'q', stale)).cache, { interval: 100 }).toBe('stale');
  await live.reload([real(upstream, { model: 'v2' })]);
  expect(await ask(live.url, 'q', stale)).toMatchObject({ text: '500' });
});

test('a request does not join a generation of a target that the model has no more', async (context) => {
  needsMock(context);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await using slow = await startUpstream(async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    await opened;
    response.end('{}');
  });
  await using next = await namedUpstream('next');
  await using live = await startLive([real(slow)]);
  const first = send(`${live.url}/v1/chat/completions`, { body: chat('q') });
  await expect.poll(() => slow.requests.length).toBe(1);
  await live.reload([real(next)]);
  expect(await ask(live.url, 'q')).toEqual({ cache: 'miss', text: `next ${MODEL}` });
  open();
  await first;
});
