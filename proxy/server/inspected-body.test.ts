import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { modelFinder } from '../wire/model-finder.ts';
import { mentionedModel, renamingPatches } from '../wire/model-mention.ts';
import { inspectBody, type InspectedBody } from './inspected-body.ts';

// What an abort does to a socket matters here.
beforeAll(() => nock.restore());
afterAll(() => nock.activate());

const LIMITS = { replayLimit: 1_000, bodyLimit: 100_000 };

interface Seen {
  readonly body?: InspectedBody;
  readonly error?: unknown;
}

let server: Server;
let seen: Promise<Seen>;

beforeEach(async () => {
  let report: (seen: Seen) => void = () => undefined;
  seen = new Promise((resolve) => (report = resolve));
  server = createServer((request, response) => {
    inspectBody(request, { ...LIMITS, finder: finderFor(request) }).then(
      (body) => report({ body }),
      (error: unknown) => report({ error }),
    );
    void seen.then(() => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
});

afterEach(async () => {
  await (await seen).body?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function finderFor({ headers }: IncomingMessage) {
  return modelFinder({ contentType: headers['content-type'] ?? '', session: false, strict: true });
}

/** Writes a request by hand: no client stands between the test and the socket. */
function write(body: Buffer, headers: readonly string[]): Socket {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`);
  socket.write(body);
  return socket;
}

function sized(body: Buffer, ...headers: string[]): Promise<Seen> {
  write(body, [`content-length: ${body.length}`, ...headers]);
  return seen;
}

function chunked(body: Buffer): Promise<Seen> {
  const half = body.length >> 1;
  const chunks = [body.subarray(0, half), body.subarray(half), Buffer.alloc(0)].flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  write(Buffer.concat(chunks), ['transfer-encoding: chunked']);
  return seen;
}

const json = (size: number): Buffer => Buffer.from(`{"pad":"${'x'.repeat(size)}","model":"m"}`);
const read = async (body: Buffer | Readable): Promise<Buffer> => (Buffer.isBuffer(body) ? body : buffer(body));

test.each([
  ['a small body is held in memory', 100, sized, true],
  ['a small body in chunks is held in memory', 100, chunked, true],
  ['a body beyond the limit is spooled', 50_000, sized, false],
  ['a body in chunks beyond the limit is spooled', 50_000, chunked, false],
])('%s, and sent with the model renamed', async (_what, size, send, inMemory) => {
  const { body } = await send(json(size));
  expect(body?.inMemory).toBe(inMemory);
  const { mentions } = body!.findings;
  expect(mentionedModel(mentions)).toBe('m');
  const outgoing = body!.outgoing(renamingPatches(mentions, 'longer'));
  const sent = await read(outgoing.body);
  expect(sent.toString()).toBe(json(size).toString().replace('"m"', '"longer"'));
  expect(sent).toHaveLength(outgoing.bytes);
});

test.each([
  ['announced', sized],
  ['not announced', chunked],
])('a body beyond the whole limit is refused when its size is %s', async (_what, send) => {
  expect(await send(json(200_000))).toMatchObject({ error: { code: 'request_too_large' } });
});

test('a body that cannot be understood is refused', async () => {
  expect(await sized(Buffer.from('{"model":'))).toMatchObject({ error: { code: 'invalid_json' } });
});

test('a compressed body is refused', async () => {
  const { error } = await sized(Buffer.from('x'), 'content-encoding: gzip');
  expect(error).toMatchObject({ code: 'invalid_value' });
});

test('a body that breaks off is an incomplete request', async () => {
  const socket = write(json(5_000), ['content-length: 90000']);
  server.once('request', () => setImmediate(() => socket.destroy()));
  expect(await seen).toMatchObject({ error: { code: 'request_timeout' } });
});
