import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startApp } from './bed.ts';
import { errorOf, openSocket, send, type RawRequest } from './http.ts';
import { modelsAt, startUpstream, type Upstream } from './upstream.ts';

const PAGE = 'https://page.example';
const APP_PAGE = 'http://localhost:5173';
const DEAR = { ...chat('hi'), model: 'dear', prompt: 'hi', input: 'hi', voice: 'v' };
const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

let upstream: Upstream;
let app: Awaited<ReturnType<typeof startApp>>;
let before = 0;

beforeAll(async () => {
  upstream = await startUpstream(
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
    (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nswitched'),
  );
  app = await startApp({ server: { cors: [APP_PAGE] }, ...modelsAt([upstream]) });
});
afterAll(async () => {
  await app.close();
  await upstream[Symbol.asyncDispose]();
});
beforeEach(() => {
  before = upstream.requests.length;
});

const ask = (path: string, request: RawRequest = {}) => send(`${app.url}${path}`, { body: chat('hi'), ...request });
const reached = (): number => upstream.requests.length - before;

test.each([
  '/v1/chat/completions/',
  '/v1//chat/completions',
  '//v1/chat/completions',
  '/v1/chat%2Fcompletions',
  '/v1/%63hat/completions',
  '/V1/Chat/Completions',
  '/v1/chat/completions;x=1',
  '/v1/x/..;/chat/completions',
  '/v1/chat/completions%20',
  '/v1/chat%5ccompletions',
  '/v1/%252e/chat/completions',
  '/chat//completions/',
])('an unlisted model is not reached through %s', async (path) => {
  const answer = await ask(path, { body: DEAR });
  expect([400, 404]).toContain(answer.status);
  expect(reached()).toBe(0);
});

test('another spelling of a path is the same operation, and the endpoint sees the canonical one', async () => {
  const headers = { 'cache-control': 'no-cache, no-store' };
  for (const path of ['/v1/chat/completions/', '/v1//%63hat%2Fcompletions', '/Chat/Completions']) {
    const answer = await ask(path, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-llmproxy-cache']).toBe('bypass');
  }
  expect(upstream.requests.slice(before).map(({ url }) => url)).toEqual(Array(3).fill('/v1/chat/completions'));
  const health = await ask('//%68ealth//live/', { method: 'GET', body: undefined });
  expect(health.status).toBe(200);
});

test.each(['/v1/chat/completions', '/v1/models', '/v1/files', '/stats', '/nothing'])(
  'OPTIONS %s is answered here, with permission for pages that are named alone',
  async (path) => {
    const asks = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-stainless-os' };
    const named = await ask(path, { method: 'OPTIONS', headers: { origin: APP_PAGE, ...asks } });
    expect(named).toMatchObject({ status: 204, body: Buffer.alloc(0) });
    expect(named.headers).toMatchObject({
      'access-control-allow-origin': APP_PAGE,
      'access-control-allow-headers': 'authorization, content-type, x-stainless-os',
      'access-control-allow-methods': expect.stringContaining('POST'),
      vary: expect.stringContaining('origin'),
    });
    const other = await ask(path, { method: 'OPTIONS', headers: { origin: PAGE, ...asks } });
    expect(other.status).toBe(204);
    expect(Object.keys(other.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(reached()).toBe(0);
  },
);

test('a named page may read answers of every kind, and streams too', async () => {
  const headers = { origin: APP_PAGE, 'sec-fetch-site': 'cross-site' };
  const answers = await Promise.all([
    ask('/v1/chat/completions', { headers }),
    ask('/v1/models', { method: 'GET', headers }),
    ask('/v1/files', { method: 'GET', headers }),
    ask('/health', { method: 'GET', headers }),
    ask('/v1/chat/completions', { headers, body: DEAR }),
    ask('/v1/chat/completions', { headers, body: { ...chat('hi'), stream: true } }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404, 200]);
  for (const { headers: seen } of answers) {
    expect(seen).toMatchObject({ 'access-control-allow-origin': APP_PAGE, vary: 'origin' });
    expect(seen['access-control-expose-headers']).toContain('x-request-id');
  }
});

test.each(['TRACE', 'PROPFIND', 'GET'])('%s at an operation is refused and goes nowhere', async (method) => {
  const answer = await ask('/v1/chat/completions', { method, body: undefined });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toContain('POST');
  expect(errorOf(answer)).toMatchObject({ code: 'method_not_allowed' });
  expect(reached()).toBe(0);
});

const FOREIGN: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a page that sends plain text', { origin: PAGE, 'content-type': 'text/plain' }, 'origin_not_allowed'],
  ['a page without an origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'origin_not_allowed'],
  ['a sandboxed page', { origin: 'null' }, 'origin_not_allowed'],
  ['a name of another host', { host: 'rebound.example:4000' }, 'host_not_trusted'],
];

test.each(FOREIGN)('%s is refused on every route', async (_what, headers, code) => {
  const routes = [
    ['POST', '/v1/chat/completions'],
    ['GET', '/v1/models'],
    ['GET', '/v1/responses/resp_1'],
    ['POST', '/v1/images/generations'],
    ['GET', '/stats'],
    ['GET', '/health'],
    ['DELETE', '/cache'],
    ['GET', '/'],
  ] as const;
  for (const [method, path] of routes) {
    const answer = await ask(path, { method, headers, body: method === 'POST' ? chat('hi') : undefined });
    expect(answer.status).toBe(403);
    expect(errorOf(answer)).toMatchObject({ code, message: expect.stringMatching(/server\.(?:trusted_hosts|cors)/) });
  }
  expect(reached()).toBe(0);
});

function upgrade(...lines: readonly string[]): Promise<string> {
  const socket = openSocket(app.url);
  const head = ['GET /v1/realtime?model=gpt-4o-mini HTTP/1.1', 'connection: Upgrade', 'sec-websocket-version: 13'];
  socket.write([...head, 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', ...lines, '', ''].join('\r\n'));
  return socket.until('\r\n\r\n').then(() => {
    const answer = socket.received().toString();
    socket.leave();
    return answer;
  });
}

test('WebSockets of foreign pages and names are refused as well', async () => {
  expect(await upgrade('host: localhost', 'upgrade: websocket')).toContain('101 Switching Protocols');
  expect(await upgrade('host: localhost', 'upgrade: websocket', `origin: ${APP_PAGE}`)).toContain('HTTP/1.1 101');
  expect(await upgrade('host: localhost', 'upgrade: websocket', `origin: ${PAGE}`)).toContain('HTTP/1.1 403');
  expect(await upgrade('host: rebound.example', 'upgrade: websocket')).toContain('HTTP/1.1 403');
});

test('a browser’s key among the subprotocols stays here', async () => {
  const seen: string[] = [];
  await using own = await startUpstream(
    () => undefined,
    (socket, request) => {
      seen.push(JSON.stringify(request.rawHeaders));
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    },
  );
  const other = await startApp(modelsAt([own]));
  const socket = openSocket(other.url);
  socket.write(
    'GET /v1/realtime?model=gpt-4o-mini HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'sec-websocket-protocol: realtime, openai-insecure-api-key.sk-of-the-browser\r\n\r\n',
  );
  await socket.until('101');
  socket.leave();
  await other.close();
  expect(seen.join()).toContain('realtime');
  expect(seen.join()).not.toContain('sk-of-the-browser');
});

test('an upgrade to anything else is ignored', async () => {
  const socket = openSocket(app.url);
  const body = JSON.stringify(chat('hi'));
  const head =
    'host: localhost\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAA\r\n';
  const length = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}${length}\r\n${body}`);
  await socket.until('"hello"');
  expect(socket.received().toString()).toMatch(/^HTTP\/1\.1 200 /);
  socket.write(`GET /v1/models HTTP/1.1\r\n${head}\r\n`);
  await socket.until('"object": "list"');
  socket.write(`GET /v1/files HTTP/1.1\r\n${head}\r\n`);
  await expect
    .poll(() =>
      socket
        .received()
        .toString()
        .match(/HTTP\/1\.1 200 /g),
    )
    .toHaveLength(3);
  socket.leave();
  const [passed] = upstream.requests.slice(-1);
  expect(passed?.url).toBe('/v1/files');
  expect(passed?.headers).not.toHaveProperty('upgrade');
  expect(passed?.headers).not.toHaveProperty('http2-settings');
});

test('CONNECT is answered, not hung up on', async () => {
  const socket = openSocket(app.url);
  socket.write('CONNECT api.example:443 HTTP/1.1\r\nhost: api.example:443\r\n\r\n');
  const answer = (await socket.ended()).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  expect(answer).toMatch(/"code": ?"method_not_allowed"/);
});

test('a proxy on every address answers to names as they are listed', async () => {
  const server = { host: '0.0.0.0', allow_public: true };
  for (const [settings, status] of [
    [{}, 200],
    [{ trusted_hosts: ['llm.example.com'] }, 403],
    [{ trusted_hosts: ['rebound.example'] }, 200],
    [{ trusted_hosts: ['*'] }, 200],
  ] as const) {
    const open = await startApp({ server: { ...server, ...settings }, ...modelsAt([upstream]) });
    const url = open.url.replace('0.0.0.0', '127.0.0.1');
    const named = await send(`${url}/v1/models`, { method: 'GET', headers: { host: 'rebound.example' } });
    expect(named.status).toBe(status);
    const local = await send(`${url}/health/live`, { method: 'GET' });
    expect(local.status).toBe(200);
    await open.close();
  }
});

test('a proxy that needs virtual keys refuses whatever reaches a model, before anything is read', async () => {
  const closed = await startApp({ auth: { require_key: true }, ...modelsAt([upstream]) });
  for (const [method, path] of [
    ['POST', '/v1/chat/completions'],
    ['POST', '/v1/images/generations'],
    ['GET', '/v1/responses/resp_1'],
    ['GET', '/v1/files'],
    ['GET', '/v1/models'],
  ] as const) {
    const answer = await send(`${closed.url}${path}`, { method, body: method === 'POST' ? '{' : undefined });
    expect(answer.status).toBe(401);
    expect(errorOf(answer)).toMatchObject({ code: 'virtual_key_required' });
  }
  const socket = openSocket(closed.url);
  socket.write('GET /v1/realtime HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
  expect((await socket.ended()).toString()).toContain('virtual_key_required');
  expect((await send(`${closed.url}/health`, { method: 'GET' })).status).toBe(200);
  await closed.close();
  expect(reached()).toBe(0);
});
