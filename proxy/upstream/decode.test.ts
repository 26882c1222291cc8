import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { DECODED_LIMIT, decoded } from './decode.ts';
import type { UpstreamFailure, UpstreamHandler } from './types.ts';

/** What a handler has seen of one answer. */
class Seen implements UpstreamHandler {
  readonly calls: string[] = [];
  headers: object = {};
  readonly #parts: Buffer[] = [];
  bytes = 0;
  failure: UpstreamFailure | undefined;
  onHead(status: number, headers: object): void {
    this.calls.push(`head ${status}`);
    this.headers = headers;
  }
  onData(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes < 1_000_000) this.#parts.push(chunk);
  }
  get body(): string {
    return Buffer.concat(this.#parts).toString();
  }
  onEnd(): void {
    this.calls.push('end');
  }
  onFailure(failure: UpstreamFailure): void {
    this.calls.push('failure');
    this.failure = failure;
  }
}

function bed(decodes = true) {
  const seen = new Seen();
  const call: string[] = [];
  const answer = decoded(seen, () => decodes);
  const controls = answer.control({
    pause: () => void call.push('pause'),
    resume: () => void call.push('resume'),
    abort: () => void call.push('abort'),
  });
  return { seen, call, controls, handler: answer.handler };
}

const TEXT = '{"choices":[{"index":0,"text":"Grüße, 世界"}]}'.repeat(20);
const ENCODINGS: readonly [string, (text: string) => Buffer][] = [
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['x-gzip', gzipSync],
  ['identity, gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['zstd', zstdCompressSync],
  // The body decides, not its label.
  ['gzip', (text) => Buffer.from(text)],
  ['zstd', (text) => Buffer.from(text)],
  ['gzip', zstdCompressSync],
  ['deflate', gzipSync],
  ['identity', (text) => Buffer.from(text)],
];

test.each(ENCODINGS)('an answer labelled %s is decoded, whole or byte by byte', async (encoding, encode) => {
  const bytes = encode(TEXT);
  for (const step of [1, 7, bytes.length]) {
    const { seen, handler } = bed();
    handler.onHead(200, { 'content-encoding': encoding, 'content-type': 'x' });
    for (let at = 0; at < bytes.length; at += step) handler.onData(bytes.subarray(at, at + step));
    handler.onEnd();
    await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'end']));
    expect(seen.body).toBe(TEXT);
    expect(seen.headers).toEqual({ 'content-type': 'x' });
  }
});

test('what has been flushed can be read before the end', async () => {
  const { seen, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  const gzip = createGzip();
  gzip.on('data', (chunk: Buffer) => handler.onData(chunk));
  gzip.write('data: first\n\n');
  gzip.flush();
  await vi.waitFor(() => expect(seen.body).toBe('data: first\n\n'));
  gzip.end('data: second\n\n');
  await vi.waitFor(() => expect(seen.body).toBe('data: first\n\ndata: second\n\n'));
  expect(seen.calls).toEqual(['head 200']);
  handler.onEnd();
  await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'end']));
});

test.each([
  ['broken off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['damaged', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 12), Buffer.alloc(40, 0xee)])],
])('a compressed body that is %s is a cut', async (_what, spoil) => {
  const { seen, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  handler.onData(spoil(gzipSync(TEXT)));
  handler.onEnd();
  await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'failure']));
  expect(seen.failure?.kind).toBe('cut');
  expect(seen.failure?.reason).toMatch(/compressed body is broken \(Z_/);
});

test('an empty body has no coding', () => {
  const { seen, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  handler.onEnd();
  expect(seen.calls).toEqual(['head 200', 'end']);
  expect(seen.bytes).toBe(0);
});

test('what unpacks beyond the bound is cut off and its connection closed', async () => {
  const { seen, call, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  handler.onData(gzipSync(Buffer.alloc(DECODED_LIMIT + 1)));
  await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'failure']), { timeout: 20_000 });
  expect(seen.bytes).toBeLessThanOrEqual(DECODED_LIMIT);
  expect(seen.failure).toEqual({
    kind: 'cut',
    reason: `the compressed body unpacks to more than ${DECODED_LIMIT} bytes`,
  });
  expect(call).toContain('abort');
});

test('a coding that cannot be read stays in the head, and so does one of a body that is not read here', () => {
  for (const [encoding, decodes] of [
    ['compress', true],
    ['gzip, br', true],
    ['gzip', false],
  ] as const) {
    const { seen, handler } = bed(decodes);
    handler.onHead(200, { 'content-encoding': encoding });
    handler.onData(gzipSync(TEXT));
    handler.onEnd();
    expect(seen.headers).toEqual({ 'content-encoding': encoding });
    expect(seen.bytes).toBe(gzipSync(TEXT).length);
    expect(seen.calls).toEqual(['head 200', 'end']);
  }
});

test('a follower that pauses pauses the decoder and the connection', async () => {
  const { seen, call, controls, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  const bytes = gzipSync(TEXT);
  handler.onData(bytes.subarray(0, 10));
  controls.pause();
  handler.onData(bytes.subarray(10));
  handler.onEnd();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.bytes).toBe(0);
  controls.resume();
  await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'end']));
  expect(seen.body).toBe(TEXT);
  expect(call).toEqual(['pause', 'resume']);
});

test('a follower that leaves while the rest is unpacked ends the answer, once', async () => {
  const { seen, call, controls, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'br' });
  handler.onData(brotliCompressSync(TEXT));
  handler.onEnd();
  controls.abort();
  controls.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.calls).toEqual(['head 200', 'failure']);
  expect(seen.failure?.kind).toBe('client_left');
  expect(call).toEqual(['abort', 'abort']);
});

test('a failure of the connection is passed on at once', () => {
  const { seen, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  handler.onData(gzipSync(TEXT).subarray(0, 30));
  handler.onFailure({ kind: 'timeout_idle', reason: 'silence' });
  handler.onFailure({ kind: 'cut', reason: 'again' });
  expect(seen.calls).toEqual(['head 200', 'failure']);
  expect(seen.failure).toEqual({ kind: 'timeout_idle', reason: 'silence' });
});

test('a raw deflate stream that looks half like one with a header is decoded', async () => {
  const texts = Array.from({ length: 400 }, (_, index) =>
    String.fromCharCode(33 + (index % 90), 33 + Math.floor(index / 5)),
  );
  const alike = texts.filter((text) => deflateRawSync(text).readUInt16BE(0) % 31 === 0);
  expect(alike.length).toBeGreaterThan(0);
  for (const text of alike) {
    const { seen, handler } = bed();
    handler.onHead(200, { 'content-encoding': 'deflate' });
    handler.onData(deflateRawSync(text));
    handler.onEnd();
    await vi.waitFor(() => expect(seen.calls).toEqual(['head 200', 'end']));
    expect(seen.body).toBe(text);
  }
});

test('a body of one byte is passed on, and the bound is 64 MiB', () => {
  const { seen, handler } = bed();
  handler.onHead(200, { 'content-encoding': 'gzip' });
  handler.onData(Buffer.from('x'));
  expect(seen.body).toBe('');
  handler.onEnd();
  expect([seen.body, seen.calls]).toEqual(['x', ['head 200', 'end']]);
  expect(DECODED_LIMIT).toBe(67_108_864);
});
