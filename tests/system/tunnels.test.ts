import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startProxy } from '../setup/services.ts';
import { startApp, type Stats, statsOf } from './bed.ts';
import { openSocket, send } from './http.ts';
import { startUpstream, type Answer, type Upgrade, type Upstream } from './upstream.ts';

interface SocketUpstream extends Upstream {
  /** The handshakes that came in, and what became of the connections. */
  readonly handshakes: readonly IncomingMessage[];
  readonly ends: readonly { readonly code: number; readonly reason: string }[];
  readonly sockets: ReadonlySet<WebSocket>;
}

/** An endpoint that speaks WebSocket: it echoes, and closes with 4000 when it is told `close`. */
async function startSocketUpstream(
  answer: Answer = (response) => response.writeHead(404).end(),
): Promise<SocketUpstream> {
  const handshakes: IncomingMessage[] = [];
  const ends: { code: number; reason: string }[] = [];
  const server = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  const upgrade: Upgrade = (socket, request) => {
    handshakes.push(request);
    server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
      webSocket.on('error', () => undefined);
      webSocket.on('close', (code, reason) => ends.push({ code, reason: reason.toString() }));
      webSocket.on('message', (data: Buffer, binary) => {
        if (data.toString() === 'close') webSocket.close(4000, 'invalid_request_error.invalid_model');
        else webSocket.send(data, { binary });
      });
      webSocket.send('hello');
    });
  };
  const upstream = await startUpstream(answer, upgrade);
  return Object.assign(upstream, { handshakes, ends, sockets: server.clients });
}

/** An endpoint that refuses upgrades, and repeats its key. */
const refusing = (status: number, name = 'a'): Promise<Upstream> =>
  startUpstream(
    (response) => response.writeHead(500).end(),
    (socket) => {
      const body = `{"error":{"message":"no sk-endpoint-${name}"}}`;
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
    },
  );

type Target = Pick<Upstream, 'baseURL'>;

function modelAt(targets: readonly Target[], more: object = {}): object {
  const endpoints = targets.map(({ baseURL }, index) => ({
    provider: 'openai',
    name: String.fromCodePoint(97 + index),
    weight: index === 0 ? 1 : 0,
    base_url: baseURL,
    api_key: `sk-endpoint-${String.fromCodePoint(97 + index)}`,
    model: `realtime-at-${String.fromCodePoint(97 + index)}`,
  }));
  return { models: { talk: { endpoints } }, ...more };
}

interface Opened {
  readonly socket: WebSocket;
  readonly messages: string[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Opens a WebSocket and waits for its first message. */
async function open(url: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<Opened> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, { headers, perMessageDeflate: false });
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'message');
  return { socket, messages, closed };
}

interface Refused {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The answer to an upgrade that is refused. */
function refusal(url: string): Promise<Refused> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  socket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('the socket was opened')));
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (piece: Buffer) => (body += piece.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body });
        socket.terminate();
      });
    });
  });
}

async function endpointStats(url: string): Promise<Stats['endpoints']> {
  return (await statsOf(url)).endpoints;
}

test('a WebSocket goes through: text, bytes, close codes; the model renamed, our key in place of the caller’s', async () => {
  await using upstream = await startSocketUpstream();
  const app = await startApp(modelAt([upstream]));
  const { socket, messages, closed } = await open(`${app.url}/v1/realtime?a=1&model=talk`, ['realtime'], {
    authorization: 'Bearer sk-caller',
    cookie: 'a=b',
  });
  const large = 'x'.repeat(300_000);
  socket.send(large);
  socket.send('after');
  await expect.poll(() => messages).toEqual(['hello', large, 'after']);
  socket.send('close');
  expect(await closed).toEqual({ code: 4000, reason: 'invalid_request_error.invalid_model' });
  await expect.poll(async () => (await endpointStats(app.url))[0]).toMatchObject({ in_flight: 0, failures: 0 });
  await app.close();
  const [handshake] = upstream.handshakes;
  expect(handshake?.url).toBe('/v1/realtime?a=1&model=realtime-at-a');
  expect(handshake?.headers).toMatchObject({
    authorization: 'Bearer sk-endpoint-a',
    'sec-websocket-protocol': 'realtime',
  });
  expect(handshake?.headers['cookie']).toBeUndefined();
  expect(socket.protocol).toBe('realtime');
});

test.each([503, 429, 401, 200])(
  'an endpoint that answers %s is followed by the next, under its own name',
  async (status) => {
    await using bad = await refusing(status);
    await using good = await startSocketUpstream();
    const app = await startApp(modelAt([bad, good]));
    const { socket, closed } = await open(`${app.url}/v1/realtime?model=talk`);
    socket.close();
    await closed;
    await app.close();
    expect(good.handshakes.map(({ url }) => url)).toEqual(['/v1/realtime?model=realtime-at-b']);
  },
);

test('an endpoint that cannot be reached is followed by the next', async () => {
  await using good = await startSocketUpstream();
  const app = await startApp(modelAt([{ baseURL: 'http://127.0.0.1:9/v1' }, good]));
  const { socket, closed } = await open(`${app.url}/v1/realtime?model=talk`);
  socket.close();
  expect((await closed).code).toBe(1005);
  await app.close();
});

test('when no endpoint opens the client gets the answer of the last, without our key', async () => {
  await using one = await refusing(503);
  await using two = await refusing(403, 'b');
  const app = await startApp(modelAt([one, two]));
  const answer = await refusal(`${app.url}/v1/realtime?model=talk`);
  const stats = await endpointStats(app.url);
  await app.close();
  expect(answer).toMatchObject({ status: 403, type: 'application/json' });
  expect(answer.body).toBe('{"error":{"message":"no ***"}}');
  expect(stats.map(({ in_flight }) => in_flight)).toEqual([0, 0]);
});

test('an upgrade for a model that is not configured is refused before any endpoint is asked', async () => {
  await using upstream = await startSocketUpstream();
  const app = await startApp(modelAt([upstream]));
  const answer = await refusal(`${app.url}/v1/realtime?model=dear`);
  await app.close();
  expect(answer).toMatchObject({ status: 404, type: 'application/json' });
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'model_not_found' } });
  expect(upstream.handshakes).toEqual([]);
});

/** Mints a secret of its own name. */
const minting =
  (name: string): Answer =>
  (response, { url }) => {
    const call = url === '/v1/realtime/calls';
    response.writeHead(call ? 201 : 200, {
      'content-type': call ? 'text/plain' : 'application/json',
      ...(call ? { location: `/v1/realtime/calls/rtc_${name}` } : {}),
    });
    response.end(call ? 'v=0' : JSON.stringify({ value: `ek_${name}`, expires_at: 1, session: { model: 'x' } }));
  };

test('a client secret opens its session at the endpoint that minted it, in place of our key', async () => {
  await using a = await startSocketUpstream(minting('a'));
  await using b = await startSocketUpstream(minting('b'));
  const app = await startApp({
    models: {
      talk: {
        strategy: 'round-robin',
        endpoints: [a, b].map(({ baseURL }, index) => ({
          provider: 'openai',
          name: `e${index}`,
          base_url: baseURL,
          api_key: `sk-endpoint-${index}`,
        })),
      },
    },
  });
  const mint = async (): Promise<string> => {
    const body = { session: { type: 'realtime', model: 'talk' } };
    const answer = await send(`${app.url}/v1/realtime/client_secrets`, { body });
    return String((JSON.parse(answer.body.toString()) as Record<string, unknown>)['value']);
  };
  const secrets = [await mint(), await mint()];
  expect(secrets.toSorted()).toEqual(['ek_a', 'ek_b']);
  for (const secret of ['ek_a', 'ek_b', 'ek_a']) {
    const browser = await open(`${app.url}/v1/realtime?model=talk`, ['realtime', `openai-insecure-api-key.${secret}`]);
    const server = await open(`${app.url}/v1/realtime?model=talk`, [], { authorization: `Bearer ${secret}` });
    expect(browser.socket.protocol).toBe('realtime');
    for (const { socket } of [browser, server]) socket.close();
    await Promise.all([browser.closed, server.closed]);
  }
  await app.close();
  const credentials = ({ handshakes }: SocketUpstream): unknown[] =>
    handshakes.map(({ headers }) => headers['authorization']);
  expect(credentials(a)).toEqual(Array.from({ length: 4 }, () => 'Bearer ek_a'));
  expect(credentials(b)).toEqual(Array.from({ length: 2 }, () => 'Bearer ek_b'));
  for (const { rawHeaders } of [...a.handshakes, ...b.handshakes]) {
    expect(rawHeaders.join('\n')).not.toMatch(/insecure-api-key|sk-endpoint/);
  }
});

test('a call is made with the client secret, and its side channel leads to the same endpoint', async () => {
  await using a = await startSocketUpstream(minting('a'));
  await using b = await startSocketUpstream(minting('b'));
  const endpoint = ({ baseURL }: Upstream, name: string): object => ({
    provider: 'openai',
    base_url: baseURL,
    api_key: `sk-${name}`,
  });
  const app = await startApp({
    models: { first: { endpoints: [endpoint(a, 'a')] }, talk: { endpoints: [endpoint(b, 'b')] } },
  });
  const headers = { authorization: 'Bearer ek_b', 'content-type': 'application/sdp' };
  await send(`${app.url}/v1/realtime/client_secrets`, { body: { session: { model: 'talk' } } });
  const answer = await send(`${app.url}/v1/realtime/calls`, { body: 'v=0', headers });
  const { socket, closed } = await open(`${app.url}/v1/realtime?call_id=rtc_b`);
  socket.close();
  await closed;
  await app.close();
  expect(answer).toMatchObject({ status: 201, headers: { location: '/v1/realtime/calls/rtc_b' } });
  expect(b.requests.map(({ headers: seen }) => seen['authorization'])).toEqual(['Bearer sk-b', 'Bearer ek_b']);
  expect(b.handshakes.map(({ url, headers: seen }) => [url, seen['authorization']])).toEqual([
    ['/v1/realtime?call_id=rtc_b', 'Bearer sk-b'],
  ]);
  expect([a.requests.length, a.handshakes.length]).toEqual([0, 0]);
});

test('a browser’s other keys reach no endpoint, and a client secret counts on realtime routes alone', async () => {
  await using upstream = await startSocketUpstream(minting('x'));
  const app = await startApp(modelAt([upstream]));
  const { socket, closed } = await open(`${app.url}/v1/realtime?model=talk`, [
    'realtime',
    'openai-insecure-api-key.sk-browser',
  ]);
  socket.close();
  await closed;
  await send(`${app.url}/v1/files`, { method: 'GET', headers: { authorization: 'Bearer ek_x' } });
  await app.close();
  expect(upstream.handshakes[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-endpoint-a',
    'sec-websocket-protocol': 'realtime',
  });
  expect(upstream.requests[0]?.headers['authorization']).toBe('Bearer sk-endpoint-a');
});

test('a client that vanishes ends the tunnel and the lease at once, and the endpoint is not blamed', async () => {
  await using upstream = await startSocketUpstream();
  const app = await startApp(modelAt([upstream]));
  const { socket } = await open(`${app.url}/v1/realtime?model=talk`);
  expect((await endpointStats(app.url))[0]).toMatchObject({ in_flight: 1 });
  socket.terminate();
  await expect.poll(() => upstream.ends.map(({ code }) => code)).toEqual([1006]);
  await expect.poll(async () => (await endpointStats(app.url))[0]).toMatchObject({ in_flight: 0, failures: 0 });
  await app.close();
});

const HANDSHAKE =
  'GET /v1/realtime?model=talk HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

test('a socket that opens shows that its endpoint is well, while it is open', async () => {
  let sick = true;
  await using upstream = await startUpstream(
    (response) => response.end(),
    (socket) => (sick ? socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n') : socket.write(SWITCHING)),
  );
  const app = await startApp(modelAt([upstream], { routing: { allowed_fails: 1, cooldown: '50ms' } }));
  const out = async (): Promise<unknown> => (await endpointStats(app.url))[0]?.operations_out;
  const first = openSocket(app.url);
  first.write(HANDSHAKE);
  await first.ended();
  expect(await out()).toMatchObject([{ name: 'realtime' }]);
  sick = false;
  const second = openSocket(app.url);
  second.write(HANDSHAKE);
  await second.until('101 Switching Protocols');
  await expect.poll(out).toEqual([]);
  second.leave();
  await app.close();
});

test('a client that leaves during the handshake ends it', async () => {
  let asked = false;
  let ended = false;
  await using upstream = await startUpstream(
    (response) => response.end(),
    (socket) => {
      asked = true;
      socket.on('close', () => (ended = true)).resume();
      socket.on('end', () => socket.end());
    },
  );
  const app = await startApp(modelAt([upstream]));
  const client = new WebSocket(`${app.url.replace('http', 'ws')}/v1/realtime?model=talk`);
  client.on('error', () => undefined);
  await expect.poll(() => asked).toBe(true);
  client.terminate();
  await expect.poll(() => ended).toBe(true);
  await expect.poll(async () => (await endpointStats(app.url))[0]).toMatchObject({ in_flight: 0, failures: 0 });
  await app.close();
});

test('what comes with the head of the handshake, on either side, is not lost', async () => {
  let heard = '';
  await using upstream = await startUpstream(
    (response) => response.end(),
    (socket) => {
      socket.write(`${SWITCHING}first frame`);
      socket.on('data', (piece: Buffer) => (heard += piece.toString()));
    },
  );
  const app = await startApp(modelAt([upstream]));
  const socket = openSocket(app.url);
  socket.write(`${HANDSHAKE}early`);
  await socket.until('first frame');
  await expect.poll(() => heard).toBe('early');
  socket.leave();
  await app.close();
});

test('on SIGTERM both sides get a close frame, and the proxy ends at once', async () => {
  await using upstream = await startSocketUpstream();
  const proxy = await startProxy({ config: modelAt([upstream]) });
  const { closed } = await open(`${proxy.url}/v1/realtime?model=talk`);
  const exit = once(proxy.child, 'exit');
  process.kill(proxy.pid, 'SIGTERM');
  expect(await closed).toEqual({ code: 1001, reason: 'the proxy is shutting down' });
  await expect.poll(() => upstream.ends).toEqual([{ code: 1001, reason: 'the proxy is shutting down' }]);
  expect(await exit).toEqual([0, null]);
  await proxy.stop();
});
