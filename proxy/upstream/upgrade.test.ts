import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { UpstreamClient } from './client.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest } from './types.ts';

beforeAll(() => nock.restore());
afterAll(() => nock.activate());

const TIMEOUTS = { connectMs: 1_000, firstByteMs: 300, idleMs: 300 };
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-a: b\r\n\r\n';

let server: Server;
let client: UpstreamClient;
let sockets: Socket[];
let received: string[];
let answer: (socket: Socket) => void;

beforeEach(async () => {
  sockets = [];
  received = [];
  server = createServer((socket) => {
    const index = sockets.push(socket) - 1;
    received[index] = '';
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => {
      received[index] += piece.toString();
      answer(socket);
    });
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
  readonly status?: number;
  readonly body: string;
  readonly failure?: UpstreamFailure;
  readonly socket?: Duplex;
  readonly header?: unknown;
}

function send(over: Partial<UpstreamRequest>, started: (call: UpstreamCall) => void = () => undefined): Promise<Seen> {
  const { port } = server.address() as AddressInfo;
  let status: number | undefined;
  let body = '';
  return new Promise((resolve) => {
    const seen = (): Seen => ({ body, ...(status === undefined ? {} : { status }) });
    const call = client.send(
      { origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET', headers: [], timeouts: TIMEOUTS, ...over },
      {
        onHead: (code) => (status = code),
        onData: (piece) => (body += piece.toString()),
        onEnd: () => resolve(seen()),
        onFailure: (failure) => resolve({ ...seen(), failure }),
        onUpgrade: (headers, socket) => resolve({ ...seen(), socket, header: headers['x-a'] }),
      },
    );
    started(call);
  });
}

const upgrade = { upgrade: 'websocket', headers: ['sec-websocket-version', '13'] } as const;

test('an upgrade gives the connection, with what the endpoint sent behind its head', async () => {
  answer = (socket) => {
    if (received[0]!.endsWith('\r\n\r\n')) socket.write(`${SWITCHING}first`);
    else socket.write(`echo:${received[0]!.slice(-4)}`);
  };
  const { socket, header } = await send(upgrade);
  expect(header).toBe('b');
  expect(received[0]).toMatch(/upgrade: websocket/i);
  let read = '';
  socket!.on('data', (piece: Buffer) => (read += piece.toString()));
  socket!.write('ping');
  await expect.poll(() => read).toBe('firstecho:ping');
  socket!.destroy();
});

test('an upgrade that is refused is an answer like any other', async () => {
  answer = (socket) => socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
  expect(await send(upgrade)).toMatchObject({ status: 403, body: 'no' });
});

test('an upgrade that is given up closes the connection', async () => {
  answer = () => undefined;
  const seen = await send(upgrade, (call) => setTimeout(() => call.abort(), 20));
  expect(seen.failure?.kind).toBe('client_left');
  await expect.poll(() => sockets[0]?.readableEnded).toBe(true);
});

test('an upgrade without an answer ends at the bound of the first byte', async () => {
  answer = () => undefined;
  expect(await send(upgrade)).toMatchObject({ failure: { kind: 'timeout_first_byte' } });
});

test('a fresh request has a connection of its own, others share theirs', async () => {
  answer = (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  for (const fresh of [false, false, true, true]) {
    await send({ fresh });
    await turn();
  }
  expect(sockets).toHaveLength(3);
  await expect.poll(() => sockets.filter(({ readableEnded }) => readableEnded)).toHaveLength(2);
});

test('a body that is a stream is sent with the length that the headers say', async () => {
  answer = (socket) => {
    if (received[0]!.endsWith('abcd')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  };
  const body = Readable.from(['ab', 'cd'], { objectMode: false });
  const seen = await send({ method: 'PUT', body, headers: ['content-length', '4'] });
  expect(seen.status).toBe(200);
  expect(received[0]).toMatch(/^PUT \/ HTTP\/1\.1\r\n/);
  expect(received[0]).toMatch(/content-length: 4\r\n/);
  expect(received[0]).not.toMatch(/transfer-encoding/);
});
