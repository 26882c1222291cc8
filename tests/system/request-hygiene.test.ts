import { afterAll, beforeAll, expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startBed, type Bed } from './bed.ts';
import { errorOf, openSocket, postText, send } from './http.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ config: { server: { body_limit: '1MiB' } } });
});
afterAll(() => bed[Symbol.asyncDispose]());

const body = JSON.stringify(chat('hi'));
const head = (lines: string, path = '/v1/chat/completions'): string =>
  `POST ${path} HTTP/1.1\r\n${lines}content-type: application/json\r\n\r\n`;
const length = `content-length: ${Buffer.byteLength(body)}\r\n`;

/** What the proxy says to exactly these bytes, until it ends the connection. */
async function say(text: string): Promise<string> {
  const socket = openSocket(bed.url);
  socket.write(text);
  return (await socket.ended()).toString();
}

test.each([
  ['two Host headers', head(`host: a\r\nhost: b\r\n${length}`) + body],
  ['no Host header', head(length) + body],
  ['an unknown transfer encoding', `${head('host: localhost\r\ntransfer-encoding: gzip\r\n')}0\r\n\r\n`],
  ['two transfer encodings', `${head('host: localhost\r\ntransfer-encoding: gzip, chunked\r\n')}0\r\n\r\n`],
  [
    'a length and a transfer encoding',
    `${head(`host: localhost\r\n${length}transfer-encoding: chunked\r\n`)}0\r\n\r\n`,
  ],
  ['two different lengths', head(`host: localhost\r\n${length}content-length: 3\r\n`) + body],
  ['a length that is no number', head('host: localhost\r\ncontent-length: -1\r\n') + body],
  ['dot segments', head(`host: localhost\r\n${length}`, '/v1/../v1/chat/completions') + body],
  ['dot segments in disguise', head(`host: localhost\r\n${length}`, '/v1/%2e%2e/chat/completions') + body],
  ['dot segments behind encoded slashes', head(`host: localhost\r\n${length}`, '/v1/files/..%2f..%2fadmin') + body],
  ['dot segments with backslashes', head(`host: localhost\r\n${length}`, '/v1/files\\..\\x') + body],
  [
    'a transfer encoding in HTTP/1.0',
    `${head('host: localhost\r\ntransfer-encoding: chunked\r\n').replace('1.1', '1.0')}0\r\n\r\n`,
  ],
  ['dot segments with parameters', head(`host: localhost\r\n${length}`, '/v1/..;/v1/chat/completions') + body],
  ['an escape that is escaped', head(`host: localhost\r\n${length}`, '/v1/%252e%252e/chat/completions') + body],
  [
    'the absolute form of another host',
    head(`host: localhost\r\n${length}`, 'http://other/v1/chat/completions') + body,
  ],
  ['a header with a NUL', head(`host: localhost\r\nx-odd: a\0b\r\n${length}`) + body],
  ['a folded header', head(`host: localhost\r\nx-odd: a\r\n b\r\n${length}`) + body],
])('%s: refused with 400, and the connection ends', async (_what, text) => {
  const answer = await say(text);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(await bed.requests()).toEqual([]);
});

test('the absolute form of the host that was asked is taken', async () => {
  const target = head(`host: localhost:1\r\nconnection: close\r\n${length}`, 'http://localhost:1/v1/chat/completions');
  const answer = await say(target + body);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  await bed.mock.reset();
});

test('headers larger than 16 KiB are refused with 431', async () => {
  const answer = await say(head(`host: localhost\r\nx-large: ${'x'.repeat(17_000)}\r\n${length}`) + body);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain('"code": "headers_too_large"');
});

test('a body that is too large is refused as soon as its length is known, and the connection ends', async () => {
  const socket = openSocket(bed.url);
  socket.write(head('host: localhost\r\ncontent-length: 2000000\r\n'));
  const answer = (await socket.ended()).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('request_too_large');
});

const depth = (levels: number): string =>
  `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const keys = (count: number): string =>
  `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"x":{${Array.from({ length: count }, (_n, i) => `"${i}":0`).join()}}}`;

test.each([
  ['nested 65 deep', depth(65)],
  ['nested a hundred thousand deep', depth(100_000)],
  ['of more keys than a request needs', keys(90_000).replaceAll('0}}', '0,"a":{"b":[1]}}}')],
])('a body %s is refused or answered, never a crash', async (what, text) => {
  const answer = await send(`${bed.url}/v1/chat/completions`, { body: text });
  if (what.startsWith('nested')) {
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'body_too_complex', type: 'invalid_request_error' });
  } else {
    expect(answer.status).toBeLessThan(500);
  }
});

test('a body of more than 200,000 keys is refused before it is parsed', async () => {
  await using roomy = await startBed();
  const answer = await send(`${roomy.url}/v1/chat/completions`, { body: keys(200_001) });
  expect(answer.status).toBe(400);
  expect(errorOf(answer)).toMatchObject({ code: 'body_too_complex' });
  expect(await roomy.requests()).toEqual([]);
});

test.each([
  ['two model names', '{"model":"no-such","model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'],
  ['__proto__', '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"__proto__":{"stream":true}}'],
  ['a name in escapes', '{"mod\\u0065l":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'],
])('%s cannot make the proxy read one thing and the endpoint another', async (_what, text) => {
  await bed.mock.reset();
  const answer = await send(`${bed.url}/v1/chat/completions`, {
    body: text,
    headers: { 'cache-control': 'no-cache, no-store' },
  });
  const seen = await bed.requests();
  if (answer.status === 200) expect(seen[0]?.model).toBe('gpt-4o-mini');
  else expect(seen).toEqual([]);
  expect(answer.body.toString()).not.toContain('internal_error');
  await bed.mock.reset();
});

test('requests in one go on one connection are answered one by one, in order', async () => {
  const texts = ['one', 'two', 'three'].map((text) => postText('/v1/chat/completions', chat(text)));
  const socket = openSocket(bed.url);
  socket.write(texts.join(''));
  await expect
    .poll(
      () =>
        socket
          .received()
          .toString()
          .match(/HTTP\/1\.1 200/g)?.length,
    )
    .toBe(3);
  await socket.until('Mock response to: three');
  const answers = socket.received().toString();
  expect(answers.indexOf('to: one')).toBeLessThan(answers.indexOf('to: two'));
  expect(answers.indexOf('to: two')).toBeLessThan(answers.indexOf('to: three'));
  socket.leave();
  await bed.mock.reset();
});

test('a client of HTTP/1.0 gets its stream, and its end is the end of the connection', async () => {
  const request = JSON.stringify({ ...chat('2+2'), stream: true });
  const answer = await say(
    `POST /v1/chat/completions HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(request)}\r\n\r\n${request}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).not.toContain('transfer-encoding');
  expect(answer.trim().endsWith('data: [DONE]')).toBe(true);
  await bed.mock.reset();
});

test('Expect: 100-continue is honoured', async () => {
  const socket = openSocket(bed.url);
  socket.write(head(`host: localhost\r\nconnection: close\r\nexpect: 100-continue\r\n${length}`));
  await socket.until('HTTP/1.1 100 Continue');
  socket.write(body);
  expect((await socket.ended()).toString()).toContain('HTTP/1.1 200 OK');
  await bed.mock.reset();
});
