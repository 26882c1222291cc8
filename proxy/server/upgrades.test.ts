import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { isWebSocketUpgrade, UpgradeFilter, upgradeOptions } from './upgrades.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function listen(options: ServerOptions): Promise<void> {
  server = createServer(options, (request, response) => {
    void text(request).then((body) => response.end(`served ${request.method} ${request.url} ${body}`));
  });
  server.on('upgrade', (_request, socket: Socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nswitched'));
  server.on('connect', (_request, socket: Socket) => socket.end('HTTP/1.1 405 No\r\n\r\nno tunnel'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

function say(bytes: string): Promise<string> {
  const socket = connect((server!.address() as AddressInfo).port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const offer = (protocol: string): string => `host: localhost\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\n`;
const H2C =
  'host: localhost\r\nconnection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAA\r\n';

// The second row is what a Node without `shouldUpgradeCallback` runs.
test.each([
  ['as this Node does it', upgradeOptions()],
  ['by the message alone', { IncomingMessage: UpgradeFilter }],
])('%s, a WebSocket is the only upgrade', async (_how, options) => {
  await listen(options);
  expect(await say(`GET /a HTTP/1.1\r\n${offer('WebSocket')}\r\n`)).toContain('switched');
  expect(await say(`GET /a HTTP/1.1\r\n${H2C}\r\n`)).toContain('served GET /a');
  expect(await say(`POST /a HTTP/1.1\r\n${H2C}content-length: 2\r\n\r\nhi`)).toContain('served POST /a hi');
  const chunked = `POST /a HTTP/1.1\r\n${H2C}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`;
  expect(await say(chunked)).toContain('served POST /a hi');
  expect(await say(`POST /a HTTP/1.1\r\n${H2C.replace('h2c', 'websocket')}content-length: 0\r\n\r\n`)).toContain(
    'served POST /a',
  );
  expect(await say('GET /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')).toContain('served GET /a');
  expect(await say('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')).toContain('no tunnel');
});

test.each([
  ['GET', 'websocket', true],
  ['GET', ' WEBSOCKET ', true],
  ['POST', 'websocket', false],
  ['GET', 'websocket, h2c', false],
  ['GET', 'h2c', false],
  ['GET', 'TLS/1.0', false],
  ['GET', undefined, false],
])('%s with the upgrade %s: %s', (method, upgrade, expected) => {
  expect(isWebSocketUpgrade({ method, headers: upgrade === undefined ? {} : { upgrade } })).toBe(expected);
});

test('this Node has the callback of its own, or the message is filtered', () => {
  const [name] = Object.keys(upgradeOptions());
  const native = 'shouldUpgradeCallback' in createServer();
  expect(name).toBe(native ? 'shouldUpgradeCallback' : 'IncomingMessage');
});
