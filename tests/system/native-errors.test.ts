import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';
import { jsonOf, openSocket, postText, send, type RawRequest } from './http.ts';
import { startUpstream, streamPieces, type Answer } from './upstream.ts';

const MESSAGES = '/v1/messages';
const GENERATE = '/v1beta/models/m:generateContent';

interface Way {
  readonly name: string;
  readonly request: RawRequest & { readonly path?: string };
  readonly status: number;
  readonly anthropic: string;
  readonly gemini: string;
}

const ask = {
  model: 'm',
  max_tokens: 5,
  messages: [{ role: 'user', content: 'hi' }],
  contents: [{ parts: [{ text: 'hi' }] }],
};

/** Every way out of the proxy on which no endpoint has answered. */
const WAYS: readonly Way[] = [
  {
    name: 'a host that is not trusted',
    request: { headers: { host: 'evil.example' }, body: ask },
    status: 403,
    anthropic: 'permission_error',
    gemini: 'PERMISSION_DENIED',
  },
  {
    name: 'a page of another origin',
    request: { headers: { origin: 'https://evil.example' }, body: ask },
    status: 403,
    anthropic: 'permission_error',
    gemini: 'PERMISSION_DENIED',
  },
  {
    name: 'a method that is not served',
    request: { method: 'PROPFIND' },
    status: 405,
    anthropic: 'invalid_request_error',
    gemini: 'INVALID_ARGUMENT',
  },
  {
    name: 'a body that is too large',
    request: { body: { ...ask, filler: 'x'.repeat(3_000) } },
    status: 413,
    anthropic: 'request_too_large',
    gemini: 'INVALID_ARGUMENT',
  },
  {
    name: 'a body that is no JSON',
    request: { body: '{' },
    status: 400,
    anthropic: 'invalid_request_error',
    gemini: 'INVALID_ARGUMENT',
  },
  {
    name: 'a body that is nested too deep',
    request: { body: '['.repeat(100) + ']'.repeat(100) },
    status: 400,
    anthropic: 'invalid_request_error',
    gemini: 'INVALID_ARGUMENT',
  },
  {
    name: 'nothing in the cache',
    request: { headers: { 'cache-control': 'only-if-cached' }, body: ask },
    status: 504,
    anthropic: 'timeout_error',
    gemini: 'DEADLINE_EXCEEDED',
  },
  {
    name: 'no endpoint that can be reached',
    request: { body: ask },
    status: 502,
    anthropic: 'api_error',
    gemini: 'UNAVAILABLE',
  },
];

test.each(WAYS)('$name is told in the words of each family', async ({ request, status, anthropic, gemini }) => {
  const at = (provider: string): object => ({ name: provider, provider, base_url: 'http://127.0.0.1:9', api_key: 'k' });
  const app = await startApp({
    models: { m: { endpoints: [at('anthropic'), at('gemini')] } },
    server: { body_limit: '2KiB' },
  });
  onTestFinished(() => app.close());
  const messages = await send(app.url + MESSAGES, request);
  expect([messages.status, messages.headers['content-type'], jsonOf(messages)]).toMatchObject([
    status,
    'application/json',
    { type: 'error', error: { type: anthropic, message: expect.any(String), code: expect.any(String) } },
  ]);
  const generate = await send(app.url + GENERATE, request);
  expect([generate.status, jsonOf(generate)]).toMatchObject([status, { error: { code: status, status: gemini } }]);
});

test('a caller without a key hears it in the words of each family, and so does one on a route that is not allowed', async () => {
  const endpoint = { name: 'e', provider: 'mock' };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } }, auth: { require_key: true } });
  onTestFinished(() => app.close());
  const words = async (path: string): Promise<unknown[]> => {
    const answer = await send(app.url + path, { body: ask });
    const error = jsonOf(answer)['error'] as Record<string, unknown>;
    return [answer.status, error['status'] ?? error['type']];
  };
  expect(await words(MESSAGES)).toEqual([401, 'authentication_error']);
  expect(await words(GENERATE)).toEqual([401, 'UNAUTHENTICATED']);
  expect(await words('/openai/deployments/m/chat/completions?api-version=1')).toEqual([401, 'invalid_request_error']);
  const open = await startApp({ models: { m: { endpoints: [endpoint] } }, passthrough: { allow: ['files'] } });
  onTestFinished(() => open.close());
  const refused = await send(`${open.url}/v1beta/cachedContents`, { body: { model: 'models/m' } });
  expect([refused.status, jsonOf(refused)]).toMatchObject([403, { error: { status: 'PERMISSION_DENIED' } }]);
});

test('a proxy that stops refuses and interrupts in the words of each family', async () => {
  const held: Answer = async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"candidates":[{"content":{"parts":[{"text":"begun"}]}}]}\r\n\r\n');
    await new Promise((resolve) => response.once('close', resolve));
  };
  await using upstream = await startUpstream(held);
  const base_url = `http://127.0.0.1:${upstream.port}`;
  const endpoints = ['gemini', 'anthropic'].map((provider) => ({ name: provider, provider, base_url, api_key: 'k' }));
  const app = await startApp({ models: { m: { endpoints } }, server: { drain_timeout: '300ms' } });
  const running = openSocket(app.url);
  running.write(postText('/v1beta/models/m:streamGenerateContent?alt=sse', ask));
  await running.until('begun');
  const late = openSocket(app.url);
  late.write(postText('/nowhere', {}).replace('connection', 'x'));
  await late.until('404');
  const closed = app.close();
  late.write(postText(MESSAGES, ask));
  await late.until('overloaded_error');
  const seen = (await running.ended()).toString();
  await closed;
  expect(seen).toMatch(/data: \{"error":\{"code":50\d,.*"reason":"SHUTTING_DOWN"/);
  expect(late.received().toString()).toContain('HTTP/1.1 503');
});

test('what an endpoint refuses is passed on as it is, in body, status and the headers of the family', async () => {
  const error =
    '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"},"request_id":"req_1"}';
  await using upstream = await startUpstream((response) => {
    const headers = { 'request-id': 'req_1', 'x-should-retry': 'false', 'anthropic-ratelimit-requests-limit': '5' };
    response.writeHead(400, { 'content-type': 'application/json', ...headers }).end(error);
  });
  const base_url = `http://127.0.0.1:${upstream.port}`;
  const endpoints = [{ name: 'e', provider: 'anthropic', base_url, api_key: 'k' }];
  const app = await startApp({ models: { m: { endpoints } } });
  onTestFinished(() => app.close());
  const answer = await send(app.url + MESSAGES, { body: ask });
  expect([answer.status, answer.body.toString()]).toEqual([400, error]);
  expect(answer.headers).toMatchObject({ 'request-id': 'req_1', 'anthropic-ratelimit-requests-limit': '5' });
});

test('overload that is told in a stream before its content fails over, afterwards it reaches the client as it came', async () => {
  const overloaded =
    'event: error\ndata: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}\n\n';
  const start =
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n';
  const text =
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}\n\n';
  let content = '';
  await using failing = await startUpstream((response) =>
    streamPieces(response, [Buffer.from(start), Buffer.from(content + overloaded)]),
  );
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const endpoints = [`http://127.0.0.1:${failing.port}`, mock.url].map((base_url, at) => ({
    name: at === 0 ? 'a' : 'b',
    provider: 'anthropic',
    base_url,
    api_key: 'k',
    weight: at === 0 ? 1 : 0,
    model: 'claude-sonnet-5',
  }));
  const app = await startApp({ models: { m: { endpoints, routing: { allowed_fails: 100 } } } });
  onTestFinished(() => app.close());
  const stream = { ...ask, contents: undefined, stream: true };
  const first = await send(app.url + MESSAGES, { body: stream });
  expect([first.status, first.headers['x-llmproxy-endpoint'], first.headers['x-llmproxy-attempts']]).toEqual([
    200,
    'm/b',
    '2',
  ]);
  content = text;
  const second = await send(app.url + MESSAGES, { body: { ...stream, max_tokens: 6 } });
  expect([second.headers['x-llmproxy-endpoint'], second.body.toString()]).toEqual(['m/a', start + text + overloaded]);
});

test('what cannot be translated goes to the endpoints that speak it, and a model without one is refused', async () => {
  await using upstream = await startUpstream((response) => response.writeHead(500).end());
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const chat = { name: 'chat', provider: 'openai', base_url: upstream.baseURL, api_key: 'k', weight: 1 };
  const native = {
    name: 'native',
    provider: 'anthropic',
    base_url: mock.url,
    api_key: 'k',
    weight: 0,
    model: 'claude-sonnet-5',
  };
  const app = await startApp({ models: { both: { endpoints: [chat, native] }, one: { endpoints: [chat] } } });
  onTestFinished(() => app.close());
  const count = `${app.url + MESSAGES}/count_tokens`;
  const { messages } = ask;
  const served = await send(count, { body: { model: 'both', messages } });
  expect([served.status, served.headers['x-llmproxy-endpoint'], upstream.requests.length]).toEqual([
    200,
    'both/native',
    0,
  ]);
  const embed = { content: { parts: [{ text: 'x' }] } };
  const refused = await send(`${app.url}/v1beta/models/one:embedContent`, { body: embed });
  expect([refused.status, jsonOf(refused)]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  expect(upstream.requests).toEqual([]);
  const batches = await send(`${app.url}/v1beta/files`, { method: 'GET' });
  expect([batches.status, jsonOf(batches)]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
});

test('the client of a slow stream hears comments, in both families', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  await using upstream = await startUpstream(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await gate;
    response.end('data: {"candidates":[{"content":{"parts":[{"text":"late"}]},"finishReason":"STOP"}]}\r\n\r\n');
  });
  const base_url = `http://127.0.0.1:${upstream.port}`;
  const endpoints = [{ name: 'e', provider: 'gemini', base_url, api_key: 'k' }];
  const app = await startApp({ models: { m: { endpoints } }, server: { stream_keepalive: '50ms' } });
  onTestFinished(() => app.close());
  const events = openSocket(app.url);
  const array = openSocket(app.url);
  events.write(postText('/v1beta/models/m:streamGenerateContent?alt=sse', ask));
  array.write(postText('/v1beta/models/m:streamGenerateContent', ask));
  await events.until(': keep-alive\n\n');
  expect(array.received().length).toBe(0);
  release();
  await Promise.all([events.until('late'), array.until('late')]);
  events.leave();
  array.leave();
  expect(array.received().toString()).toContain('application/json');
});

test('a request that is no HTTP is refused in the words of the family that its path points to', async () => {
  const app = await startApp({ models: { m: { endpoints: [{ name: 'e', provider: 'mock' }] } } });
  onTestFinished(() => app.close());
  const refusal = async (path: string, header: string): Promise<string> => {
    const socket = openSocket(app.url);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n`);
    return (await socket.ended()).toString();
  };
  const large = `x-large: ${'x'.repeat(20_000)}`;
  expect(await refusal(MESSAGES, large)).toMatch(
    /^HTTP\/1\.1 431 [^]*\{"type":"error","error":\{"type":"invalid_request_error"/,
  );
  expect(await refusal(`${GENERATE}?key=x`, 'bad header')).toMatch(/^HTTP\/1\.1 400 [^]*"status": "INVALID_ARGUMENT"/);
  expect(await refusal('/v1/chat/completions', 'bad header')).toMatch(
    /"type": "invalid_request_error",\s+"param": null/,
  );
});
