import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { enter, enterUpgrade } from './fence.ts';
import { Guard } from './guard.ts';

const PAGE = 'https://page.example';
const guard = new Guard({ host: '127.0.0.1', cors: [PAGE] });

let server: Server;

beforeEach(async () => {
  server = createServer((request, response) => {
    try {
      const target = enter(request, response, guard);
      if (!target) return;
      response.writeHead(200, ['content-type', 'text/plain']);
      response.end(JSON.stringify({ ...target, url: request.url }));
    } catch (error) {
      response.writeHead(418).end((error as ProxyError).code);
    }
  });
  server.on('upgrade', (request: IncomingMessage, socket) => {
    try {
      const target = enterUpgrade(request, guard);
      socket.end(`HTTP/1.1 101 X\r\n\r\n${JSON.stringify({ ...target, url: request.url })}`);
    } catch (error) {
      socket.end(`HTTP/1.1 418 X\r\n\r\n${(error as ProxyError).code}`);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function say(line: string, ...headers: string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const host = headers.some((header) => header.startsWith('host:')) ? [] : ['host: localhost'];
  const connection = headers.some((header) => header.startsWith('connection:')) ? [] : ['connection: close'];
  socket.write(`${[line, ...host, ...connection, ...headers].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

const UPGRADE = ['connection: Upgrade', 'upgrade: websocket'];

test('what passes carries its canonical target everywhere', async () => {
  const seen = '{"path":"/v1/chat/completions","query":"a=%2F","url":"/v1/chat/completions?a=%2F"}';
  expect(await say('POST /v1//%63hat/completions/?a=%2F HTTP/1.1')).toContain(seen);
  expect(await say('GET /v1//%63hat/completions/?a=%2F HTTP/1.1', ...UPGRADE)).toContain(seen);
});

test('the headers of an origin that is named stand beside those of the answer', async () => {
  const answer = await say('GET /a HTTP/1.1', `origin: ${PAGE}`);
  expect(answer).toContain('HTTP/1.1 200');
  expect(answer).toContain(`access-control-allow-origin: ${PAGE}\r\n`);
  expect(answer).toContain('vary: origin\r\n');
  expect(answer).toContain('content-type: text/plain\r\n');
});

test('OPTIONS is answered here, for the whole server too', async () => {
  const answer = await say('OPTIONS /v1/chat/completions HTTP/1.1', `origin: ${PAGE}`);
  expect(answer).toContain('HTTP/1.1 204');
  expect(answer).toContain('access-control-allow-methods: GET, HEAD, POST');
  expect(await say('OPTIONS * HTTP/1.1')).toContain('HTTP/1.1 204');
  expect(await say('OPTIONS /v1/../x HTTP/1.1')).toContain('invalid_request');
});

test.each([
  ['GET /v1/../x HTTP/1.1', [], 'invalid_request'],
  ['GET * HTTP/1.1', [], 'invalid_request'],
  ['GET /a HTTP/1.1', ['host: evil.example'], 'host_not_trusted'],
  ['GET /a HTTP/1.1', ['origin: https://evil.example'], 'origin_not_allowed'],
  ['TRACE /a HTTP/1.1', [], 'method_not_allowed'],
  // What the parser lets pass is judged before everything else.
  ['POST /a HTTP/1.1', ['transfer-encoding: gzip, chunked', 'host: evil.example', '', '0'], 'invalid_request'],
])('%s with %j is refused as %s', async (line, headers, code) => {
  expect(await say(line, ...headers)).toMatch(new RegExp(`418[^]*${code}`));
  if (!line.startsWith('GET /')) return;
  expect(await say(line, ...headers, ...UPGRADE)).toMatch(new RegExp(`418[^]*${code}`));
});

test('an upgrade is judged as one', async () => {
  expect(await say('GET /a HTTP/1.1', 'host: a', ...UPGRADE)).toContain('HTTP/1.1 101');
  expect(await say('GET /a HTTP/1.1', 'host: a')).toContain('host_not_trusted');
});

test('an upgrade with two Host headers is refused', async () => {
  expect(await say('GET /a HTTP/1.1', 'host: localhost', 'host: localhost', ...UPGRADE)).toContain('invalid_request');
});
