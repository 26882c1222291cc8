import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UpstreamClient } from './client.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest } from './types.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const TIMEOUTS = { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000 };

let server: Server;
let sockets: Socket[];
let onRequest: (socket: Socket) => void;
let client: UpstreamClient;

beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => onRequest(socket));
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

const portOf = (): number => (server.address() as AddressInfo).port;

function requestTo(rest: { [Key in keyof UpstreamRequest]?: UpstreamRequest[Key] | undefined } = {}): UpstreamRequest {
  const { body = 'body' in rest ? undefined : Buffer.from('{}'), ...other } = rest;
  return {
    origin: `http://127.0.0.1:${portOf()}`,
    path: '/',
    method: 'POST',
    headers: [],
    timeouts: TIMEOUTS,
    ...(other as Partial<UpstreamRequest>),
    ...(body === undefined ? {} : { body }),
  };
}

interface Seen {
  status?: number;
  body: string;
  failure?: UpstreamFailure;
}

function send(
  request: Parameters<typeof requestTo>[0] = {},
  onData: (call: UpstreamCall) => void = () => undefined,
): Promise<Seen> {
  const seen: Seen = { body: '' };
  return new Promise((resolve) => {
    const call = client.send(requestTo(request), {
      onHead: (status) => (seen.status = status),
      onData: (chunk) => {
        seen.body += chunk.toString();
        onData(call);
      },
      onEnd: () => resolve(seen),
      onFailure: (failure) => resolve({ ...seen, failure }),
    });
  });
}

test('informational answers are passed over: the head is that of the answer', async () => {
  onRequest = (socket) =>
    socket.write(
      `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${HEAD}content-length: 2\r\n\r\nok`,
    );
  expect(await send()).toEqual({ status: 200, body: 'ok' });
});

test.each([300, 301, 304, 404, 500])('status %i arrives as it is', async (status) => {
  onRequest = (socket) => socket.write(`HTTP/1.1 ${status} X\r\nlocation: /y\r\ncontent-length: 0\r\n\r\n`);
  expect(await send()).toEqual({ status, body: '' });
  expect(sockets).toHaveLength(1);
});

test('headers arrive with lower-case names and untouched values', async () => {
  onRequest = (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; Charset=UTF-8\r\ncontent-length: 0\r\n\r\n');
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    client.send(requestTo(), {
      onHead: (_status, seen) => resolve(seen),
      onData: () => undefined,
      onEnd: () => undefined,
      onFailure: ({ reason }) => reject(new Error(reason)),
    });
  });
  expect(headers['content-type']).toBe('Text/Event-Stream; Charset=UTF-8');
});

test('the request goes out as it was given', async () => {
  const received = Promise.withResolvers<string>();
  server.once('connection', (socket: Socket) => socket.once('data', (chunk) => received.resolve(chunk.toString())));
  onRequest = (socket) => socket.write(`${HEAD}content-length: 0\r\n\r\n`);
  await send({ path: '/v1/x?a=1', method: 'POST', headers: ['x-a', '1'], body: Buffer.from('hi') });
  const text = await received.promise;
  expect(text).toMatch(/^POST \/v1\/x\?a=1 HTTP\/1\.1\r\n/);
  expect(text).toMatch(/\r\nx-a: 1\r\n/);
  expect(text).toMatch(/\r\n\r\nhi$/);
});

test('a request without a body has none', async () => {
  const received = Promise.withResolvers<string>();
  server.once('connection', (socket: Socket) => socket.once('data', (chunk) => received.resolve(chunk.toString())));
  onRequest = (socket) => socket.write(`${HEAD}content-length: 0\r\n\r\n`);
  await send({ method: 'GET', body: undefined });
  expect(await received.promise).toMatch(/^GET \/ HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
});

test('each connect timeout has a pool of its own, and equal ones share', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
  for (const connectMs of [1_000, 2_000, 1_000]) {
    await send({ timeouts: { ...TIMEOUTS, connectMs } });
    // The pool takes the connection back only after the tick in which the answer ended.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([sockets.length, client.openConnections()]).toEqual([2, 2]);
});

test('a client that is closing refuses in a later tick, and says why', async () => {
  await client.close();
  let ended = false;
  const sent = send().then((seen) => {
    ended = true;
    return seen;
  });
  expect(ended).toBe(false);
  expect((await sent).failure).toEqual({ kind: 'refused', reason: 'the proxy is closing' });
});

test('an abort before anything was sent reaches no server, and ends the call once', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 0\r\n\r\n`);
  const events: unknown[] = [];
  const call = client.send(requestTo(), {
    onHead: (status) => events.push(status),
    onData: () => events.push('data'),
    onEnd: () => events.push('end'),
    onFailure: (failure) => events.push(failure),
  });
  call.abort();
  call.abort();
  // Closing settles everything that is under way, the connection that was being made included.
  await client.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual([{ kind: 'client_left', reason: 'the last client left' }]);
});

test('an abort in the middle of an answer ends the call once', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nhe`);
  const failures: unknown[] = [];
  await new Promise<void>((resolve) => {
    const call = client.send(requestTo(), {
      onHead: () => undefined,
      onData: () => {
        call.abort();
        call.abort();
      },
      onEnd: () => failures.push('end'),
      onFailure: ({ kind }) => {
        failures.push(kind);
        resolve();
      },
    });
  });
  await client.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual(['client_left']);
});

test('an abort after the end changes nothing', async () => {
  onRequest = (socket) => socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
  let ends = 0;
  await new Promise<void>((resolve) => {
    const call = client.send(requestTo(), {
      onHead: () => undefined,
      onData: () => undefined,
      onEnd: () => {
        ends += 1;
        call.abort();
        resolve();
      },
      onFailure: () => (ends += 10),
    });
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([ends, client.openConnections()]).toEqual([1, 1]);
});

test('a paused answer goes on when it is resumed', async () => {
  const parts = ['a'.repeat(70_000), 'b'.repeat(70_000)];
  onRequest = (socket) => socket.write(`${HEAD}content-length: 140000\r\n\r\n${parts.join('')}`);
  let pauses = 0;
  const seen = await send({}, (call) => {
    pauses += 1;
    call.pause();
    setImmediate(() => call.resume());
  });
  expect([seen.body.length, seen.failure, pauses > 1]).toEqual([140_000, undefined, true]);
});

test('bytes of an answer that was aborted no longer arrive', async () => {
  onRequest = (socket) => {
    socket.write(`${HEAD}content-length: 6\r\n\r\none`);
    socket.write('two');
  };
  const seen = await send({}, (call) => call.abort());
  expect([seen.body.startsWith('one'), seen.failure?.kind]).toEqual([true, 'client_left']);
});
