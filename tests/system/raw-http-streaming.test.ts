import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';
import { eventsIn, openSocket, postText, send } from './http.ts';
import { bytewise, modelsAt, startUpstream, streamPieces } from './upstream.ts';

const PATHS = ['/v1/chat/completions', '/v1/responses', '/v1/completions'] as const;
type Path = (typeof PATHS)[number];

const prompt = 'Größe — 大きさ 🙂';
/** Usage is asked for where it can be: then the proxy has no reason to change the request, recorded or not. */
const REQUESTS: Readonly<Record<Path, object>> = {
  '/v1/chat/completions': {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: prompt }],
    stream: true,
    stream_options: { include_usage: true },
  },
  '/v1/responses': { model: 'gpt-4o-mini', input: prompt, stream: true },
  '/v1/completions': { model: 'gpt-4o-mini', prompt, stream: true, stream_options: { include_usage: true } },
};
const told = new Map<string, Buffer>();

beforeAll(async () => {
  await using mock = await startMock();
  for (const path of PATHS) {
    const answer = await send(`${mock.url}${path}`, { body: REQUESTS[path] });
    told.set(path, answer.body);
  }
});

const SPLITS: Readonly<Record<string, (body: Buffer) => Iterable<Buffer>>> = {
  'in one piece': (body) => [body],
  'one byte at a time': bytewise,
  'cut in the middle of events': (body) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length;) {
      const end = at + randomInt(1, 200);
      pieces.push(body.subarray(at, end));
      at = end;
    }
    return pieces;
  },
  'one event at a time': (body) => eventsIn(body).map((event) => Buffer.from(event)),
};

describe.each(PATHS)('%s', (path) => {
  test.each(Object.keys(SPLITS))('a stream that comes %s reaches the client byte for byte', async (split) => {
    const sent = told.get(path)!;
    await using upstream = await startUpstream((response) => streamPieces(response, SPLITS[split]!(sent)));
    const app = await startApp(modelsAt([upstream]));
    const miss = await send(`${app.url}${path}`, { body: REQUESTS[path] });
    const hit = await send(`${app.url}${path}`, { body: REQUESTS[path] });
    await app.close();
    expect(sent.length).toBeGreaterThan(300);
    expect(miss.body.toString()).toBe(sent.toString());
    expect(miss.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect([miss.headers['x-llmproxy-cache'], hit.headers['x-llmproxy-cache']]).toEqual(['miss', 'hit']);
    expect(hit.body.toString()).toBe(sent.toString());
    expect(upstream.requests).toHaveLength(1);
    expect(JSON.parse(upstream.requests[0]!.body.toString())).toEqual(REQUESTS[path]);
  });
});

test('events with comments, CRLF, several data lines and unknown fields pass as they are', async () => {
  const odd = Buffer.from(
    ': keep-alive\r\n\r\n' +
      'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":null}],"extra":1.0}\r\n\r\n' +
      'id: 7\nretry: 10\ndata: {"id":"x","choices":[{"index":0,"delta":{},\ndata: "finish_reason":"stop"}],"usage":null}\n\n' +
      'data: [DONE]\n\n',
  );
  await using upstream = await startUpstream((response) => streamPieces(response, [odd]));
  const app = await startApp(modelsAt([upstream]));
  const answer = await send(`${app.url}/v1/chat/completions`, { body: REQUESTS['/v1/chat/completions'] });
  await app.close();
  expect(answer.body.toString()).toBe(odd.toString());
});

test('a JSON body keeps every byte, its spaces and its numbers', async () => {
  const body = Buffer.from(
    '{ "id":"chatcmpl-1",  "object":"chat.completion","x":1.0,"big":12345678901234567890,\n"choices":[{"index":0,"message":{"role":"assistant","content":"\\u00fc"},"finish_reason":"stop"}] }\n',
  );
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  const app = await startApp(modelsAt([upstream]));
  const request = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };
  const miss = await send(`${app.url}/v1/chat/completions`, { body: request });
  const hit = await send(`${app.url}/v1/chat/completions`, { body: request });
  await app.close();
  expect(miss.body.toString()).toBe(body.toString());
  expect(hit.body.toString()).toBe(body.toString());
  expect(upstream.requests).toHaveLength(1);
});

test('the request body reaches the endpoint byte for byte when nothing has to be changed', async () => {
  const text = '{"model" : "gpt-4o-mini", "messages":[{"role":"user","content":"\\u00fcber 🙂"}] ,"seed":1.0,"n":1e0}';
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const app = await startApp(modelsAt([upstream]));
  await send(`${app.url}/v1/chat/completions`, { body: text });
  await app.close();
  expect(upstream.requests[0]!.body.toString()).toBe(text);
});

test('only the lines that a rule names change in the request: cache is taken off, usage is asked for', async () => {
  const text =
    '{"model":"gpt-4o-mini","cache":{"ttl":60}, "messages":[{"role":"user","content":"hi"}],"stream":true,"x":1.0}';
  await using upstream = await startUpstream((response) => streamPieces(response, [told.get(PATHS[0])!]));
  const app = await startApp(modelsAt([upstream]));
  await send(`${app.url}/v1/chat/completions`, { body: text });
  await app.close();
  const sent = upstream.requests[0]!.body.toString();
  expect(JSON.parse(sent)).toEqual({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    x: 1,
    stream_options: { include_usage: true },
  });
  expect(sent).toContain('"x":1.0');
});

test('usage that the proxy asked for is not shown, and lengths stay hidden by the padding', async () => {
  await using upstream = await startUpstream((response) => streamPieces(response, bytewise(told.get(PATHS[0])!)));
  const app = await startApp(modelsAt([upstream]));
  const request = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: prompt }], stream: true };
  const { body } = await send(`${app.url}/v1/chat/completions`, { body: request });
  await app.close();
  const payloads = eventsIn(body).map((event) => event.slice('data: '.length, -2));
  expect(payloads.pop()).toBe('[DONE]');
  expect(payloads.filter((payload) => payload.includes('"usage"'))).toEqual([]);
  // Padding gives all chunks the same number of characters modulo 16, so that a length tells no token.
  expect(new Set(payloads.map((payload) => Array.from(payload).length % 16)).size).toBe(1);
});

test('the head arrives as one HTTP/1.1 answer in chunks, and the connection can be used again', async () => {
  await using upstream = await startUpstream((response) => streamPieces(response, [told.get(PATHS[0])!]));
  const app = await startApp(modelsAt([upstream]));
  const socket = openSocket(app.url);
  const bypass = { 'cache-control': 'no-store' };
  socket.write(postText('/v1/chat/completions', REQUESTS[PATHS[0]], bypass));
  await socket.until('0\r\n\r\n');
  const first = socket.received().toString();
  socket.write(postText('/v1/chat/completions', { ...REQUESTS[PATHS[0]], seed: 2 }, bypass));
  await expect.poll(() => socket.received().toString().split('HTTP/1.1 200 OK').length).toBe(3);
  socket.leave();
  await app.close();
  expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(first.toLowerCase()).toContain('\r\ntransfer-encoding: chunked\r\n');
});
