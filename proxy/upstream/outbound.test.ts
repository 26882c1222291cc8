import { once } from 'node:events';
import { createServer, get as getPlain, type Server } from 'node:http';
import { createServer as createTlsServer, get as getTls, type Agent as SecureAgent } from 'node:https';
import { createSecureServer } from 'node:http2';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { UpstreamClient } from './client.ts';
import {
  CERTIFICATE,
  CERTIFICATE_KEY,
  type ForwardProxy,
  type ForwardProxyOptions,
  startForwardProxy,
} from './forward-proxy.fixture.ts';
import { OutboundProxies } from './outbound-proxies.ts';
import { endpointAgent } from './tunnel-agent.ts';
import type { UpstreamFailure } from './types.ts';

const BASIC = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nswitched';

let plain: Server;
let tls: Server;
let proxy: ForwardProxy;
let client: UpstreamClient;
let proxies: OutboundProxies;
const trusted = getCACertificates('default');

beforeAll(async () => {
  // nock answers inside a tunnel in the place of the other end; loopback-only.ts still guards the network.
  nock.restore();
  setDefaultCACertificates([...trusted, CERTIFICATE]);
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    void text(request).then((body) =>
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body })),
    );
  };
  plain = createServer(answer);
  tls = createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, answer);
  for (const server of [plain, tls]) {
    server.on('upgrade', (_request, socket: Socket) => socket.end(SWITCHED));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
});

afterAll(async () => {
  nock.activate();
  setDefaultCACertificates(trusted);
  for (const server of [plain, tls]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

beforeEach(() => use({ target: portOf(plain) }));

afterEach(leave);

async function use(options: ForwardProxyOptions, noProxy = ''): Promise<void> {
  proxy = await startForwardProxy(options);
  const address = `http://me:hunter2@127.0.0.1:${proxy.port}`;
  proxies = new OutboundProxies({ http_proxy: address, https_proxy: address, no_proxy: noProxy });
  client = new UpstreamClient(proxies);
}

async function leave(): Promise<void> {
  await client.close();
  await proxy[Symbol.asyncDispose]();
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Seen {
  readonly status?: number;
  readonly body: string;
  readonly failure?: UpstreamFailure;
}

function send(origin: string, connectMs = 2_000): Promise<Seen> {
  const timeouts = { connectMs, firstByteMs: 2_000, idleMs: 2_000 };
  const seen = { status: 0, body: '' };
  return new Promise((resolve) => {
    client.send(
      { origin, path: '/v1/a?b=c', method: 'POST', headers: ['x-own', '1'], body: Buffer.from('{}'), timeouts },
      {
        onHead: (status) => (seen.status = status),
        onData: (chunk) => (seen.body += chunk.toString()),
        onEnd: () => resolve(seen),
        onFailure: (failure) => resolve({ ...seen, failure }),
      },
    );
  });
}

test('a plain request is handed to the proxy whole, and the endpoint sees its own host and path', async () => {
  const { status, body } = await send('http://llm.test:8080');
  expect(status).toBe(200);
  expect(proxy.asked).toEqual(['POST http://llm.test:8080/v1/a?b=c']);
  expect(proxy.requests[0]?.headers).toMatchObject({ 'proxy-authorization': BASIC, host: 'llm.test:8080' });
  expect(JSON.parse(body)).toMatchObject({
    url: '/v1/a?b=c',
    headers: { host: 'llm.test:8080', 'x-own': '1' },
    body: '{}',
  });
  expect((await send('http://llm.test')).status).toBe(200);
  expect(proxy.requests[1]?.headers.host).toBe('llm.test');
});

test('a request over TLS goes through a tunnel, which only the endpoint can read, and is kept alive', async () => {
  await leave();
  await use({ target: portOf(tls) });
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, body } = await send('https://llm.test');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ url: '/v1/a?b=c', headers: { host: 'llm.test' }, body: '{}' });
    expect(body).not.toContain('proxy-authorization');
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(proxy.asked).toEqual(['CONNECT llm.test:443']);
  expect(proxy.requests[0]?.headers).toMatchObject({ 'proxy-authorization': BASIC, host: 'llm.test:443' });
  expect((await send('https://llm.test:8443')).status).toBe(200);
  expect(proxy.asked[1]).toBe('CONNECT llm.test:8443');
});

test('a certificate for another name is refused through the tunnel too', async () => {
  await leave();
  await use({ target: portOf(tls) });
  expect((await send('https://other.test')).failure).toEqual({
    kind: 'refused',
    reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('the loopback and what NO_PROXY names are reached directly', async () => {
  expect((await send(`http://127.0.0.1:${portOf(plain)}`)).status).toBe(200);
  expect(proxy.asked).toEqual([]);
  await leave();
  await use({ target: 1 }, 'llm.test');
  // There is no such name, so the attempt itself is the proof that it was direct.
  expect((await send('http://llm.test')).failure?.kind).toBe('refused');
  expect(proxy.asked).toEqual([]);
});

test.each(['http://llm.test', 'https://llm.test'])(
  'a proxy that wants credentials is no answer of %s',
  async (origin) => {
    await leave();
    await use({ target: 1, status: 407 });
    const { failure, body } = await send(origin);
    expect(failure).toMatchObject({ kind: 'refused', reason: expect.stringContaining('outbound proxy answered') });
    expect(failure?.reason).toContain('407');
    expect(body).toBe('');
  },
);

test('an endpoint that is reached directly may answer 407 itself', async () => {
  const odd = createServer((_request, response) => response.writeHead(407).end());
  await once(odd.listen(0, '127.0.0.1'), 'listening');
  expect((await send(`http://127.0.0.1:${portOf(odd)}`)).status).toBe(407);
  odd.closeAllConnections();
  await new Promise((resolve) => odd.close(resolve));
});

test.each([201, 299])('a tunnel that is opened with status %s is open', async (status) => {
  await leave();
  await use({ target: portOf(tls), opened: status });
  expect((await send('https://llm.test')).status).toBe(200);
});

test('a tunnel that is answered with a redirect is not', async () => {
  await leave();
  await use({ target: 1, status: 300 });
  expect((await send('https://llm.test')).failure).toEqual({
    kind: 'refused',
    reason: 'the outbound proxy answered CONNECT with status 300',
  });
});

test('a proxy without credentials is sent none', async () => {
  const open = new UpstreamClient(new OutboundProxies({ http_proxy: `127.0.0.1:${proxy.port}` }));
  await client.close();
  client = open;
  expect((await send('http://llm.test')).status).toBe(200);
  expect(proxy.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
});

test('HTTP/1.1 is spoken with an endpoint that would rather speak HTTP/2', async () => {
  const modern = createSecureServer(
    { cert: CERTIFICATE, key: CERTIFICATE_KEY, allowHTTP1: true },
    (request, response) => response.end(request.httpVersion),
  );
  await once(modern.listen(0, '127.0.0.1'), 'listening');
  await leave();
  await use({ target: (modern.address() as AddressInfo).port });
  expect(await send('https://llm.test')).toMatchObject({ status: 200, body: '1.1' });
  await client.close();
  await new Promise((resolve) => modern.close(resolve));
});

test('a kept connection that is reset under the next request is told from a new one, behind a proxy too', async () => {
  let count = 0;
  const odd = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      count += 1;
      if (count === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
    });
  });
  await once(odd.listen(0, '127.0.0.1'), 'listening');
  const { port } = odd.address() as AddressInfo;
  await client.close();
  // Every plain request goes to this server, which stands for a proxy.
  client = new UpstreamClient(new OutboundProxies({ http_proxy: `127.0.0.1:${port}` }));
  expect((await send('http://llm.test')).body).toBe('ok');
  await new Promise((resolve) => setImmediate(resolve));
  expect((await send('http://llm.test')).failure?.kind).toBe('dead_connection');
  expect((await send('http://llm.test')).failure?.kind).toBe('refused');
  await client.close();
  await new Promise((resolve) => odd.close(resolve));
});

test('a proxy that keeps silent is a timeout of connecting', async () => {
  await leave();
  await use({ target: 1, silent: true });
  expect((await send('https://llm.test', 200)).failure).toEqual({
    kind: 'timeout_connect',
    reason: 'UND_ERR_CONNECT_TIMEOUT',
  });
});

test('a proxy that is not there is named in the reason', async () => {
  await proxy[Symbol.asyncDispose]();
  expect((await send('https://llm.test')).failure).toEqual({
    kind: 'refused',
    reason: 'the outbound proxy cannot be reached (ECONNREFUSED)',
  });
});

test.each(['http', 'https'])('another protocol over %s goes through a tunnel', async (scheme) => {
  await leave();
  await use({ target: portOf(scheme === 'http' ? plain : tls) });
  const timeouts = { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000 };
  const socket = await new Promise<Duplex>((resolve, reject) => {
    client.send(
      { origin: `${scheme}://llm.test`, path: '/ws', method: 'GET', headers: [], timeouts, upgrade: 'websocket' },
      {
        onHead: () => undefined,
        onData: () => undefined,
        onEnd: () => reject(new Error('an answer')),
        onFailure: ({ reason }) => reject(new Error(reason)),
        onUpgrade: (_headers, opened) => resolve(opened),
      },
    );
  });
  expect(await text(socket)).toBe('switched');
  expect(proxy.asked).toEqual([`CONNECT llm.test:${scheme === 'http' ? 80 : 443}`]);
});

test('a client has one agent for each origin behind a proxy, and none of its own otherwise', () => {
  expect(client.agentFor({ origin: 'https://llm.test' })).toBe(client.agentFor({ origin: 'https://llm.test' }));
  expect(client.agentFor({ origin: 'https://llm.test' })).toBeDefined();
  expect(client.agentFor({ origin: 'https://llm.test' })).not.toBe(client.agentFor({ origin: 'https://other.test' }));
  expect(client.agentFor({ origin: 'http://127.0.0.1:1' })).toBeUndefined();
  expect(new UpstreamClient().agentFor({ origin: 'https://llm.test' })).toBeUndefined();
  const verifying = new UpstreamClient().agentFor({ origin: 'https://llm.test', ca: 'pem' }) as SecureAgent;
  expect(verifying.options).toMatchObject({ ca: 'pem' });
});

test('an agent leads requests and upgrades of node:http through the proxy', async () => {
  const agent = endpointAgent(proxies, { origin: 'http://llm.test' });
  const [answer] = await once(getPlain('http://llm.test/plain', { agent }), 'response');
  expect(await text(answer)).toContain('"url":"/plain"');
  const request = getPlain('http://llm.test:81/ws', {
    agent,
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
  });
  const [, socket, head] = (await once(request, 'upgrade')) as [unknown, Socket, Buffer];
  expect(`${head.toString()}${await text(socket)}`).toBe('switched');
  expect(proxy.asked).toEqual(['CONNECT llm.test:80', 'CONNECT llm.test:81']);
  expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(BASIC);
});

test('an agent of node:https speaks TLS with the endpoint', async () => {
  await leave();
  await use({ target: portOf(tls) });
  const agent = endpointAgent(proxies, { origin: 'https://llm.test' });
  const [answer] = await once(getTls('https://llm.test/tls', { agent }), 'response');
  expect(await text(answer)).toContain('"url":"/tls"');
  expect(proxy.asked).toEqual(['CONNECT llm.test:443']);
  const failed = once(getTls('https://other.test/', { agent }), 'response');
  await expect(failed).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('an agent reports a proxy that refuses, and there is none where the way is direct', async () => {
  await leave();
  await use({ target: 1, status: 403 });
  for (const [get, origin] of [[getPlain, 'http://llm.test'] as const, [getTls, 'https://llm.test'] as const]) {
    const failed = once(get(`${origin}/`, { agent: endpointAgent(proxies, { origin }) }), 'response');
    await expect(failed).rejects.toThrow('the outbound proxy answered CONNECT with status 403');
  }
  expect(endpointAgent(proxies, { origin: 'http://127.0.0.1:1' })).toBeUndefined();
  expect(endpointAgent(new OutboundProxies({}), { origin: 'https://llm.test' })).toBeUndefined();
});

test('an address of the sixth version is asked for in brackets', async () => {
  const agent = endpointAgent(proxies, { origin: 'http://[fd00::1]' });
  const [answer] = await once(getPlain('http://[fd00::1]:8080/six', { agent }), 'response');
  expect(await text(answer)).toContain('"url":"/six"');
  expect(proxy.asked).toEqual(['CONNECT [fd00::1]:8080']);
});

test('the fixture leads every name to one port', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('CONNECT any.test:1 HTTP/1.1\r\nhost: any.test:1\r\n\r\n');
  await once(socket, 'data');
  socket.write('GET /x HTTP/1.1\r\nhost: any.test\r\nconnection: close\r\n\r\n');
  expect(await text(socket)).toContain('"url":"/x"');
});
