import { createServer } from 'node:http';
import { connect } from 'node:net';
import OpenAI from 'openai';
import { Pool, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';

// TEST-NET-1 (RFC 5737): an address that is assigned to no host.
const OUTSIDE = '192.0.2.1';
const CHUNK = 'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';

let url = '';
const arrived: number[] = [];
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(CHUNK);
  // The second chunk leaves only when the client has said that it saw the first: a buffering interceptor would hang.
  seen.then(() => response.end(`${CHUNK}data: [DONE]\n\n`)).catch(() => response.destroy());
});
let sawFirst: () => void = () => undefined;
let seen = new Promise<void>((resolve) => (sawFirst = resolve));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

test('fetch to the outside is refused before any packet leaves', async () => {
  await expect(fetch(`http://${OUTSIDE}/`)).rejects.toThrow();
});

test('undici to the outside is refused before any packet leaves', async () => {
  await expect(request(`http://${OUTSIDE}/`)).rejects.toThrow(/must not reach the network/);
});

test('a bare socket to the outside is refused before any packet leaves', async () => {
  const failure = await new Promise<Error>((resolve) => connect(80, OUTSIDE).on('error', resolve));
  expect(failure.message).toMatch(/must not reach the network/);
});

test('a stream from the loopback reaches the openai SDK chunk by chunk through the guard', async () => {
  seen = new Promise<void>((resolve) => (sawFirst = resolve));
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none' });
  const stream = await client.chat.completions.create({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'x' }],
  });
  for await (const chunk of stream) {
    arrived.push(chunk.choices.length);
    sawFirst();
  }
  expect(arrived).toEqual([1, 1]);
});

test('a stream from the loopback reaches undici chunk by chunk through the guard', async () => {
  seen = new Promise<void>((resolve) => (sawFirst = resolve));
  const pool = new Pool(url);
  const { body } = await pool.request({ path: '/', method: 'GET' });
  const chunks: string[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk.toString('utf8'));
    sawFirst();
  }
  await pool.close();
  expect(chunks.join('')).toBe(`${CHUNK}${CHUNK}data: [DONE]\n\n`);
});
