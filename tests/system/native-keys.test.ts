import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import type { App } from '../../proxy/index.ts';
import { startApp } from './bed.ts';
import { jsonOf, send, type RawAnswer } from './http.ts';
import { startUpstream, type SeenRequest, type Upstream } from './upstream.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  anthropic: '{"id":"msg_1","type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}',
  gemini: '{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}',
};
const PATHS: Readonly<Record<string, string>> = {
  anthropic: '/v1/messages',
  gemini: '/v1beta/models/m:generateContent',
};
const BODY = {
  model: 'm',
  max_tokens: 5,
  messages: [{ role: 'user', content: 'hi' }],
  contents: [{ parts: [{ text: 'hi' }] }],
};
const KEYS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];

function answering(provider: string): Promise<Upstream> {
  return startUpstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWERS[provider]),
  );
}

async function proxyTo(
  { port }: Upstream,
  provider: string,
  fields: object,
  log?: (line: string) => void,
): Promise<App> {
  const endpoint = { name: 'e', provider, base_url: `http://127.0.0.1:${port}`, ...fields };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } } }, log);
  onTestFinished(() => app.close());
  return app;
}

const keysOf = ({ headers }: SeenRequest): object =>
  Object.fromEntries(KEYS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));

/** How clients of all families bring a key: header, and query for Gemini. */
const WAYS: readonly [Record<string, string>, string][] = [
  [{ authorization: 'Bearer key-of-caller-1' }, ''],
  [{ 'x-api-key': 'key-of-caller-2' }, ''],
  [{ 'x-goog-api-key': 'key-of-caller-3' }, ''],
  [{ 'api-key': 'key-of-caller-4' }, ''],
];

test.each([
  ['anthropic', 'x-api-key'],
  ['gemini', 'x-goog-api-key'],
])(
  '%s: a configured key goes out in %s, the caller’s stays here, and all callers share an answer',
  async (provider, header) => {
    await using upstream = await answering(provider);
    let log = '';
    const app = await proxyTo(upstream, provider, { api_key: 'key-of-endpoint' }, (line) => (log += line));
    const ways = provider === 'gemini' ? [...WAYS, [{}, '?key=key-of-caller-5'] as const] : WAYS;
    const answers: RawAnswer[] = [];
    for (const [headers, query] of ways)
      answers.push(await send(app.url + PATHS[provider] + query, { headers, body: BODY }));
    expect(answers.map((answer) => answer.headers['x-llmproxy-cache'])).toEqual([
      'miss',
      ...ways.slice(1).map(() => 'hit'),
    ]);
    expect(upstream.requests.map(keysOf)).toEqual([{ [header]: 'key-of-endpoint' }]);
    expect(log).toContain(PATHS[provider]);
    expect(log).not.toContain('key-of');
  },
);

test.each([
  ['anthropic', 'x-api-key'],
  ['gemini', 'x-goog-api-key'],
])(
  '%s: with api_key: forward the caller’s key goes out in %s, and its answers are its own',
  async (provider, header) => {
    await using upstream = await answering(provider);
    const app = await proxyTo(upstream, provider, { api_key: 'forward' });
    const ways = provider === 'gemini' ? [...WAYS, [{}, '?key=key-of-caller-5'] as const] : WAYS;
    for (const [headers, query] of [...ways, ...ways]) {
      await send(app.url + PATHS[provider] + query, { headers, body: BODY });
    }
    const sent = ways.map((_way, at) => ({ [header]: `key-of-caller-${at + 1}` }));
    expect(upstream.requests.map(keysOf)).toEqual(sent);
    expect(upstream.requests.every(({ url }) => !url.includes('key'))).toBe(true);
  },
);

test('version and betas of a client count for the answer and reach the endpoint, metadata does not count', async () => {
  await using upstream = await answering('anthropic');
  const app = await proxyTo(upstream, 'anthropic', { api_key: 'k' });
  const ask = async (headers: Record<string, string>, more: object = {}): Promise<unknown> =>
    (await send(`${app.url}/v1/messages`, { headers, body: { ...BODY, ...more } })).headers['x-llmproxy-cache'];
  const version = { 'anthropic-version': '2026-10-21' };
  expect([
    await ask(version),
    await ask(version, { metadata: { user_id: 'u' } }),
    await ask({ 'anthropic-version': '2023-06-01' }),
    await ask({ ...version, 'anthropic-beta': 'context-1m-2025-08-07' }),
  ]).toEqual(['miss', 'hit', 'miss', 'miss']);
  const seen = upstream.requests.map(({ headers }) => [headers['anthropic-version'], headers['anthropic-beta']]);
  expect(seen).toEqual([
    ['2026-10-21', undefined],
    ['2023-06-01', undefined],
    ['2026-10-21', 'context-1m-2025-08-07'],
  ]);
});

test('a conversation with signed thoughts goes back to the endpoint that signed them', async () => {
  const mocks = await Promise.all([startMock(), startMock()]);
  onTestFinished(async () => void (await Promise.all(mocks.map((mock) => mock.close()))));
  const endpoints = mocks.map(({ url }, at) => ({
    name: at === 0 ? 'a' : 'b',
    provider: 'anthropic',
    base_url: url,
    api_key: 'k',
    model: 'claude-sonnet-5',
  }));
  const app = await startApp({ models: { m: { endpoints, strategy: 'round-robin' } } });
  onTestFinished(() => app.close());
  const thinking = { type: 'adaptive' };
  const user = (content: string): object => ({ role: 'user', content });
  for (let turn = 0; turn < 4; turn += 1) {
    const first = await send(`${app.url}/v1/messages`, {
      body: { model: 'm', max_tokens: 4_000, thinking, stream: turn % 2 === 1, messages: [user(`Question ${turn}`)] },
    });
    const whole = await send(`${app.url}/v1/messages`, {
      body: { model: 'm', max_tokens: 4_000, thinking, messages: [user(`Question ${turn}`)] },
    });
    expect(whole.headers['x-llmproxy-cache']).toBe('hit');
    const { content } = jsonOf(whole);
    expect(content).toMatchObject([{ type: 'thinking', signature: expect.any(String) }, { type: 'text' }]);
    const second = await send(`${app.url}/v1/messages`, {
      body: {
        model: 'm',
        max_tokens: 4_000,
        thinking,
        messages: [user(`Question ${turn}`), { role: 'assistant', content }, user('And then?')],
      },
    });
    expect([second.status, second.headers['x-llmproxy-endpoint']]).toEqual([200, first.headers['x-llmproxy-endpoint']]);
  }
});
