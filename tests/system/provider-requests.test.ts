import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { App } from '../../proxy/index.ts';
import { clientOf, startApp } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

const ANSWER =
  '{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}';
const CHUNKS = [
  '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":null}]}',
  '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}',
  '[DONE]',
];
const EVENTS = CHUNKS.map((chunk) => `data: ${chunk}\n\n`).join('');

const answers: Answer = (response, { body }) => {
  const stream = body.includes('"stream":true');
  const type = stream ? 'text/event-stream' : 'application/json';
  response.writeHead(200, { 'content-type': type }).end(stream ? EVENTS : ANSWER);
};

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** A proxy whose models `m` and `*` have one endpoint with these fields, at the upstream. */
async function proxyTo({ port }: Upstream, fields: object, path = ''): Promise<App> {
  const endpoint = { name: 'e', base_url: `http://127.0.0.1:${port}${path}`, api_key: 'key-of-endpoint', ...fields };
  const app = await startApp({ models: { m: { endpoints: [endpoint] }, '*': { endpoints: [endpoint] } } });
  onTestFinished(() => app.close());
  return app;
}

const KEY_HEADERS = ['authorization', 'api-key', 'x-api-key', 'x-goog-api-key', 'x-team-key'];

function keysOf({ headers }: { readonly headers: IncomingHttpHeaders }): object {
  return Object.fromEntries(
    KEY_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

/** Spaces and an unknown member show whether the bytes are the client's. */
const BODY = '{ "model":"m",  "messages":[{"role":"user","content":"hi"}], "unknown": 1.0 }';

test.each<[string, object, string, string, object]>([
  ['azure', { provider: 'azure' }, '', '/openai/v1/chat/completions', { 'api-key': 'key-of-endpoint' }],
  [
    'azure with a date',
    { provider: 'azure', api_version: '2024-10-21' },
    '',
    '/openai/deployments/m/chat/completions?api-version=2024-10-21',
    { 'api-key': 'key-of-endpoint' },
  ],
  [
    'azure with a token',
    { provider: 'azure', api_key: 'eyJh.eyJi.c2ln' },
    '',
    '/openai/v1/chat/completions',
    { authorization: 'Bearer eyJh.eyJi.c2ln' },
  ],
  [
    'a server with fields of its own',
    { provider: 'openai', query: { region: 'eu' }, auth_header: 'X-Team-Key', base_url_exact: true },
    '/models',
    '/models/chat/completions?region=eu',
    { 'x-team-key': 'key-of-endpoint' },
  ],
  [
    'groq',
    { provider: 'groq' },
    '/openai/v1',
    '/openai/v1/chat/completions',
    { authorization: 'Bearer key-of-endpoint' },
  ],
  ['perplexity', { provider: 'perplexity' }, '', '/chat/completions', { authorization: 'Bearer key-of-endpoint' }],
  ['ollama', { provider: 'ollama', api_key: 'none' }, '', '/v1/chat/completions', {}],
])(
  '%s is asked at its own path, with its own key and the bytes of the client',
  async (_what, fields, base, url, keys) => {
    await using upstream = await startUpstream(answers);
    const app = await proxyTo(upstream, fields, base);
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-client', 'x-api-key': 'sk-client' };
    expect((await send(`${app.url}/v1/chat/completions`, { headers, body: BODY })).body.toString()).toBe(ANSWER);
    const [seen] = upstream.requests;
    expect([seen?.url, seen?.body.toString(), seen && keysOf(seen)]).toEqual([url, BODY, keys]);
  },
);

test('a deployment stands in the path, and the body stays as it is', async () => {
  await using upstream = await startUpstream(answers);
  const app = await proxyTo(upstream, { provider: 'azure', api_version: '2024-10-21', model: 'my deployment' });
  await send(`${app.url}/v1/chat/completions`, { body: BODY });
  await send(`${app.url}/v1/audio/speech`, { body: '{"model":"m","input":"x","voice":"alloy"}' });
  await send(`${app.url}/v1/files`, { method: 'GET' });
  expect(upstream.requests.map(({ url }) => url)).toEqual([
    '/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21',
    '/openai/deployments/my%20deployment/audio/speech?api-version=2024-10-21',
    '/openai/files?api-version=2024-10-21',
  ]);
  expect(upstream.requests[0]?.body.toString()).toBe(BODY);
});

test('a key that the caller brings is passed on in the header of the endpoint', async () => {
  await using upstream = await startUpstream(answers);
  const app = await proxyTo(upstream, { provider: 'azure', api_key: 'forward' });
  await send(`${app.url}/v1/chat/completions`, { headers: { authorization: 'Bearer caller-1' }, body: BODY });
  await send(`${app.url}/v1/chat/completions`, { headers: { 'api-key': 'caller-2' }, body: BODY });
  await send(`${app.url}/v1/chat/completions`, { headers: { 'api-key': 'caller-2' }, body: BODY });
  // The third request finds the answer of the second: both callers have entries of their own.
  expect(upstream.requests.map(keysOf)).toEqual([{ 'api-key': 'caller-1' }, { 'api-key': 'caller-2' }]);
});

test('a realtime session goes to the newer address of Azure, whatever the version of the endpoint', async () => {
  const handshakes: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  await using upstream = await startUpstream(answers, (socket, { url, headers }) => {
    handshakes.push({ url, headers });
    socket.end('HTTP/1.1 400 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  const app = await proxyTo(upstream, { provider: 'azure', api_version: '2024-10-21', model: 'talk-at-azure' });
  const headers = { authorization: 'Bearer sk-client' };
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/v1/realtime?model=m`, ['realtime'], { headers });
  await once(socket, 'unexpected-response');
  socket.on('error', () => undefined).terminate();
  expect(handshakes.map((seen) => [seen.url, keysOf(seen)])).toEqual([
    ['/openai/v1/realtime?model=talk-at-azure', { 'api-key': 'key-of-endpoint' }],
  ]);
});

test.each([
  ['mistral', undefined],
  ['deepseek', { include_usage: true }],
])(
  '%s is asked for usage on a recorded stream with %j, and the client that did not ask sees none',
  async (provider, asked) => {
    await using upstream = await startUpstream(answers);
    const app = await proxyTo(upstream, { provider });
    const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], stream: true as const };
    const usage: unknown[] = [];
    for await (const chunk of await clientOf(app.url).chat.completions.create(ask)) usage.push(chunk.usage);
    expect(usage.every((value) => value === undefined || value === null)).toBe(true);
    const [seen] = upstream.requests;
    expect(seen && jsonOf(seen)['stream_options']).toEqual(asked);
    // One entry answers both shapes: the usage was recorded.
    const whole = await clientOf(app.url).chat.completions.create({ ...ask, stream: false });
    expect([upstream.requests.length, whole.usage?.total_tokens]).toEqual([1, 2]);
  },
);

test.each<[string, object, string, object]>([
  [
    'anthropic',
    { data: [{ type: 'model', id: 'claude-x', created_at: '2026-06-01T00:00:00Z' }], has_more: false },
    '/v1/models?limit=1000',
    { 'x-api-key': 'key-of-endpoint' },
  ],
  [
    'gemini',
    { models: [{ name: 'models/gemini-x', version: '001' }] },
    '/v1beta/models?pageSize=1000',
    { 'x-goog-api-key': 'key-of-endpoint' },
  ],
])('the models of %s are listed for a client of OpenAI', async (provider, list, url, keys) => {
  await using upstream = await startUpstream(json(200, list));
  const app = await proxyTo(upstream, { provider });
  const names = (await clientOf(app.url).models.list()).data.map(({ id }) => id);
  expect(names).toEqual(['m', 'auto', provider === 'gemini' ? 'gemini-x' : 'claude-x']);
  expect(upstream.requests.map((seen) => [seen.url, keysOf(seen)])).toEqual([[url, keys]]);
});

test('deployments are not listed: the endpoint is named, and not asked', async () => {
  await using upstream = await startUpstream(json(200, { data: [{ id: 'never' }] }));
  const app = await proxyTo(upstream, { provider: 'azure' });
  const answer = await send(`${app.url}/v1/models`, { method: 'GET' });
  expect([answer.status, answer.headers['x-llmproxy-incomplete'], upstream.requests.length]).toEqual([200, '*/e', 0]);
});

test('the pause that an error of Gemini asks for in its details is kept', async () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }];
  const error = { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED', details };
  await using upstream = await startUpstream(json(429, [{ error }]));
  const app = await proxyTo(upstream, { provider: 'openai' }, '/v1beta/openai');
  const [first, second] = [
    await send(`${app.url}/v1/chat/completions`, { body: BODY }),
    await send(`${app.url}/v1/chat/completions`, { body: BODY }),
  ];
  expect([first.status, first.headers['retry-after'], second.headers['retry-after']]).toEqual([429, '35', '35']);
});
