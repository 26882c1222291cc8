import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UpstreamClient } from './client.ts';
import type { UpstreamCall, UpstreamFailure } from './types.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const TIMEOUTS = { connectMs: 1_000, firstByteMs: 300, idleMs: 300 };

let server: Server;
let sockets: Socket[];
let onRequest: (socket: Socket, count: number) => void;
let client: UpstreamClient;

beforeEach(async () => {
  sockets = [];
  let count = 0;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => onRequest(socket, (count += 1)));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new UpstreamClient();
});

afterEach(async () => {
  await client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Seen {
  status?: number;
  body: string;
  failure?: UpstreamFailure;
}

function send(onData: (call: UpstreamCall) => void = () => undefined, port = portOf()): Promise<Seen> {
  const seen: Seen = { body: '' };
  return new Promise((resolve) => {
    const call = client.send(
      {
        origin: `http://127.0.0.1:${port}`,
        path: '/',
        method: 'POST',
        headers: [],
        body: Buffer.from('{}'),
        timeouts: TIMEOUTS,
      },
      {
        onHead: (status) => (seen.status = status),
        onData: (chunk) => {
          seen.body += chunk.toString();
          onData(call);
        },
        onEnd: () => resolve(seen),
        onFailure: (failure) => resolve({ ...seen, failure }),
      },
    );
  });
}

const portOf = (): number => (server.address() as AddressInfo).port;

test('an answer arrives whole', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nhello`);
  expect(await send()).toEqual({ status: 200, body: 'hello' });
});

test('a connection that no server takes is refused', async () => {
  const port = portOf();
  await new Promise((resolve) => server.close(resolve));
  expect((await send(undefined, port)).failure).toEqual({ kind: 'refused', reason: 'ECONNREFUSED' });
});

test('an endpoint that hangs up before an answer on a new connection has refused', async () => {
  onRequest = (socket) => socket.destroy();
  expect((await send()).failure?.kind).toBe('refused');
});

test('a kept-alive connection that is closed under the next request is told apart from a refusal', async () => {
  onRequest = (socket, count) => {
    if (count === 1) socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
    else socket.destroy();
  };
  expect((await send()).body).toBe('ok');
  // The pool takes the connection back only after the tick in which the answer ended.
  await new Promise((resolve) => setImmediate(resolve));
  expect((await send()).failure?.kind).toBe('dead_connection');
  expect(sockets).toHaveLength(1);
});

test('no answer in time is a first-byte timeout', async () => {
  onRequest = () => undefined;
  expect((await send()).failure).toEqual({ kind: 'timeout_first_byte', reason: 'UND_ERR_HEADERS_TIMEOUT' });
});

test('an answer that stands still is an idle timeout', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nhe`);
  expect(await send()).toMatchObject({ body: 'he', failure: { kind: 'timeout_idle' } });
});

test('an answer that breaks off is cut', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nhe`, () => socket.destroy());
  expect(await send()).toMatchObject({ status: 200, failure: { kind: 'cut' } });
});

test('an abort closes the connection and is the client’s doing', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nhe`);
  const seen = await send((call) => call.abort());
  expect(seen.failure?.kind).toBe('client_left');
  const [socket] = sockets;
  if (!socket?.destroyed) await once(socket!, 'close');
  expect(client.openConnections()).toBe(0);
});
