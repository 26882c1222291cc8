import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../../mocks/server/tls/certificate.ts';
import { UpstreamClient } from '../../proxy/upstream/client.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest } from '../../proxy/upstream/types.ts';

const { cert, key } = selfSigned(['localhost', '127.0.0.1'], Date.now());

type Serve = (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void;

let server: Http2SecureServer;
let sessions: ServerHttp2Session[];
let streams: ServerHttp2Stream[];
let serve: Serve;
let client: UpstreamClient;

beforeEach(async () => {
  [sessions, streams] = [[], []];
  server = createSecureServer({
    cert,
    key,
    allowHTTP1: false,
    settings: { maxConcurrentStreams: 200 },
  });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    streams.push(stream);
    stream.on('error', () => undefined);
    serve(stream, headers);
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new UpstreamClient();
});

afterEach(async () => {
  await client.close();
  for (const session of sessions) session.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Seen {
  status?: number;
  headers?: Record<string, unknown>;
  body: string;
  failure?: UpstreamFailure;
}

interface Sent {
  readonly call: UpstreamCall;
  readonly seen: Seen;
  readonly done: Promise<Seen>;
}

const portOf = (): number => (server.address() as AddressInfo).port;

function send(
  more: Partial<UpstreamRequest> = {},
  onData: (chunk: Buffer, call: UpstreamCall) => void = () => undefined,
): Sent {
  const seen: Seen = { body: '' };
  const { promise: done, resolve } = Promise.withResolvers<Seen>();
  const call: UpstreamCall = client.send(
    {
      origin: `https://localhost:${portOf()}`,
      path: '/v1/x?y=1',
      method: 'POST',
      headers: ['content-type', 'application/json', 'content-length', '2', 'x-one', '1'],
      body: Buffer.from('{}'),
      timeouts: { connectMs: 1_000, firstByteMs: 2_000, idleMs: 2_000 },
      ca: cert,
      http2: true,
      ...more,
    },
    {
      onHead: (status, headers) => Object.assign(seen, { status, headers }),
      onData: (chunk) => {
        seen.body += chunk.toString();
        onData(chunk, call);
      },
      onEnd: () => resolve(seen),
      onFailure: (failure) => resolve(Object.assign(seen, { failure })),
    },
  );
  return { call, seen, done };
}

const answer: Serve = (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': '5' });
  stream.end('hello');
};

async function bodyOf(stream: ServerHttp2Stream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test('a request and its answer go over HTTP/2', async () => {
  let got: unknown;
  serve = (stream, headers) => {
    const answers = async (): Promise<void> => {
      const body = await bodyOf(stream);
      got = {
        body,
        method: headers[':method'],
        path: headers[':path'],
        one: headers['x-one'],
        authority: headers[':authority'],
      };
      answer(stream, headers);
    };
    void answers();
  };
  const seen = await send().done;
  expect(seen).toMatchObject({
    status: 200,
    body: 'hello',
    headers: { 'content-type': 'application/json', 'content-length': '5' },
  });
  expect(Object.keys(seen.headers ?? {}).filter((name) => name.startsWith(':'))).toEqual([]);
  expect(got).toEqual({ body: '{}', method: 'POST', path: '/v1/x?y=1', one: '1', authority: `localhost:${portOf()}` });
});

test('many requests at once share one connection', async () => {
  const waiting: ServerHttp2Stream[] = [];
  serve = (stream) => void waiting.push(stream);
  const all = Array.from({ length: 60 }, () => send());
  await expect.poll(() => waiting.length).toBe(60);
  for (const stream of waiting) answer(stream, {});
  const bodies = await Promise.all(all.map(async ({ done }) => (await done).body));
  expect(new Set(bodies)).toEqual(new Set(['hello']));
  expect([sessions.length, client.openConnections()]).toEqual([1, 1]);
});

test('more requests than a connection takes go over further ones', async () => {
  const waiting: ServerHttp2Stream[] = [];
  serve = (stream) => void waiting.push(stream);
  const all = Array.from({ length: 250 }, () => send());
  await expect.poll(() => waiting.length).toBe(250);
  for (const stream of waiting) answer(stream, {});
  await Promise.all(all.map(({ done }) => done));
  expect(sessions.length).toBe(3);
});

test('a stream comes as it is sent', async () => {
  const { promise, resolve } = Promise.withResolvers<ServerHttp2Stream>();
  serve = (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    stream.write('data: 1\n\n');
    resolve(stream);
  };
  const { seen, done } = send();
  await expect.poll(() => seen.body).toBe('data: 1\n\n');
  (await promise).end('data: 2\n\n');
  expect((await done).body).toBe('data: 1\n\ndata: 2\n\n');
});

test('an answer shorter than its content-length is a cut', async () => {
  serve = (stream) => {
    stream.respond({ ':status': 200, 'content-length': '10' });
    stream.end('half');
  };
  expect((await send().done).failure?.kind).toBe('cut');
});

test('a new connection that breaks before any answer has refused', async () => {
  serve = (stream) => stream.session?.destroy();
  expect((await send().done).failure?.kind).toBe('refused');
});

test('a connection that carried answers and breaks before the next one was dead', async () => {
  serve = answer;
  expect((await send().done).body).toBe('hello');
  serve = (stream) => stream.session?.destroy();
  expect((await send().done).failure?.kind).toBe('dead_connection');
});

test('a connection that was closed between two requests is replaced', async () => {
  serve = answer;
  expect((await send().done).body).toBe('hello');
  sessions[0]?.destroy();
  await expect.poll(() => client.openConnections()).toBe(0);
  expect((await send().done).body).toBe('hello');
});

test('a stream that is refused unprocessed is sent again, once', async () => {
  serve = (stream) => (streams.length === 1 ? stream.close(7) : answer(stream, {}));
  expect((await send().done).body).toBe('hello');
  serve = (stream) => stream.close(7);
  expect((await send().done).failure?.kind).toBe('refused');
  expect(streams.length).toBe(4);
});

test('a stream that is reset before its head has refused, and the connection stays', async () => {
  serve = (stream) => stream.close(2);
  expect((await send().done).failure?.kind).toBe('refused');
  serve = answer;
  expect((await send().done).body).toBe('hello');
  expect(sessions.length).toBe(1);
});

test('a stream reset before its head on a connection that carried answers is no dead connection', async () => {
  serve = answer;
  await send().done;
  serve = (stream) => stream.close(2);
  expect((await send().done).failure?.kind).toBe('refused');
});

test('GOAWAY: what runs ends well, and what comes afterwards goes over a new connection', async () => {
  const waiting: ServerHttp2Stream[] = [];
  serve = (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('begun ');
    waiting.push(stream);
  };
  const running = send();
  await expect.poll(() => running.seen.body).toBe('begun ');
  sessions[0]?.goaway(0);
  serve = answer;
  await expect.poll(async () => (await send().done).body).toBe('hello');
  await expect.poll(() => sessions.length).toBe(2);
  waiting[0]?.end('and ended');
  expect(await running.done).toMatchObject({ body: 'begun and ended' });
});

test('GOAWAY that leaves requests unprocessed has them sent again over a new connection', async () => {
  serve = answer;
  await send().done;
  serve = (stream) => {
    if (stream.session === sessions[0]) stream.session?.goaway(0, (stream.id ?? 3) - 2);
    else answer(stream, {});
  };
  expect((await send().done).body).toBe('hello');
  expect(sessions.length).toBe(2);
});

test('who leaves resets its stream alone', async () => {
  const closed: number[] = [];
  serve = (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('part');
    stream.on('close', () => closed.push(stream.rstCode));
  };
  const [one, other] = [send(), send()];
  await expect.poll(() => one.seen.body + other.seen.body).toBe('partpart');
  one.call.abort();
  expect((await one.done).failure?.kind).toBe('client_left');
  await expect.poll(() => closed.length).toBe(1);
  streams[1]?.end('!');
  expect((await other.done).body).toBe('part!');
  expect(sessions.length).toBe(1);
});

test('who leaves before the head resets its stream, too', async () => {
  const closed: number[] = [];
  serve = (stream) => stream.on('close', () => closed.push(stream.rstCode));
  const one = send();
  await expect.poll(() => streams.length).toBe(1);
  one.call.abort();
  expect((await one.done).failure?.kind).toBe('client_left');
  await expect.poll(() => closed.length).toBe(1);
  expect(closed[0]).not.toBe(0);
});

test('a paused answer stops the endpoint, and its neighbours go on', async () => {
  let written = 0;
  let isFull = false;
  serve = (stream, headers) => {
    if (headers['x-one'] === 'small') {
      answer(stream, headers);
      return;
    }
    stream.respond({ ':status': 200 });
    const block = Buffer.alloc(64 * 1024, 'x');
    const write = (): void => {
      while (written < 400) {
        written += 1;
        if (!stream.write(block)) {
          isFull = true;
          stream.once('drain', write);
          return;
        }
      }
      stream.end();
    };
    write();
  };
  let bytes = 0;
  const paused = send({}, (chunk, call) => {
    if (bytes === 0) call.pause();
    bytes += chunk.length;
  });
  await expect.poll(() => isFull).toBe(true);
  const small = { headers: ['content-length', '2', 'x-one', 'small'] };
  for (let index = 0; index < 5; index += 1) expect((await send(small).done).body).toBe('hello');
  expect(written).toBeLessThan(100);
  expect(bytes).toBeLessThan(1024 * 1024);
  paused.call.resume();
  await paused.done;
  expect(bytes).toBe(400 * 64 * 1024);
});

test.each([
  ['no head', 'timeout_first_byte', () => undefined],
  [
    'silence after the head',
    'timeout_idle',
    (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      stream.write('part');
    },
  ],
] as const)('%s is %s', async (_what, kind, serves) => {
  serve = serves;
  const timeouts = { connectMs: 1_000, firstByteMs: 150, idleMs: 150 };
  expect((await send({ timeouts }).done).failure?.kind).toBe(kind);
});

test('an endpoint that takes no HTTP/2 is asked as ever', async () => {
  const { createServer } = await import('node:https');
  const plain = createServer({ cert, key }, (request, response) => response.end(request.httpVersion));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const { port } = plain.address() as AddressInfo;
  expect((await send({ origin: `https://localhost:${port}` }).done).body).toBe('1.1');
  plain.closeAllConnections();
  plain.close();
});

test('without the setting the endpoint is not offered HTTP/2, and a certificate that is not known is refused', async () => {
  serve = answer;
  expect((await send({ http2: false }).done).failure?.kind).toBe('refused');
  const { ca: _, ...strange } = { ca: undefined };
  expect((await send({ ...strange, ca: undefined as never }).done).failure?.kind).toBe('refused');
  expect(streams.length).toBe(0);
});
