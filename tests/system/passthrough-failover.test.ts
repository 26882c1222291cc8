import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startApp, statsOf } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

type Target = Pick<Upstream, 'baseURL'>;

/** `a` takes everything as long as it can, `b` is in reserve. */
function pair(a: Target, b: Target, more: object = {}): object {
  const endpoint = ({ baseURL }: Target, name: string, weight: number): object => ({
    provider: 'openai',
    name,
    weight,
    base_url: baseURL,
    api_key: `sk-endpoint-${name}`,
    model: `model-at-${name}`,
  });
  return { models: { m: { endpoints: [endpoint(a, 'a', 1), endpoint(b, 'b', 0)] } }, ...more };
}

const refuse =
  (status: number): Answer =>
  (response) => {
    const headers = status === 429 ? { 'retry-after': '5' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{"message":"no"}}');
  };
const good: Answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
const NOWHERE = { baseURL: 'http://127.0.0.1:9/v1' };

const FORM = { 'content-type': 'multipart/form-data; boundary=B' };
const form = (model: string): string =>
  `--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--B--\r\n`;

const ROUTES = [
  ['/v1/images/generations', { model: 'm', prompt: 'x' }, {}],
  ['/v1/audio/speech', { model: 'm', input: 'x', voice: 'v' }, {}],
  ['/v1/audio/transcriptions', form('m'), FORM],
  ['/v1/moderations', { model: 'm', input: 'x' }, {}],
  ['/v1/rerank', { model: 'm', query: 'x', documents: [] }, {}],
] as const;

test.each([503, 429, 401, 302])(
  'after a %s the next endpoint is asked, under the name that it knows',
  async (status) => {
    await using bad = await startUpstream(refuse(status));
    await using fine = await startUpstream(good);
    for (const [path, body, headers] of ROUTES) {
      const app = await startApp(pair(bad, fine));
      const answer = await send(app.url + path, { body, headers });
      await app.close();
      expect(answer.status, path).toBe(200);
      expect(answer.headers, path).toMatchObject({ 'x-llmproxy-endpoint': 'm/b', 'x-llmproxy-attempts': '2' });
      expect(bad.requests.at(-1)?.body.toString(), path).toContain('model-at-a');
      expect(fine.requests.at(-1)?.body.toString(), path).toContain('model-at-b');
    }
  },
);

test('an endpoint that cannot be reached, or whose answer breaks off before its first byte, is replaced', async () => {
  await using cut = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': '10' }).flushHeaders();
    setImmediate(() => response.destroy());
  });
  await using fine = await startUpstream(good);
  for (const bad of [NOWHERE, cut]) {
    const app = await startApp(pair(bad, fine));
    const answer = await send(`${app.url}/v1/audio/speech`, { body: { model: 'm', input: 'x' } });
    await app.close();
    expect(answer.status).toBe(200);
  }
});

test('an answer that breaks off later breaks off for the client, and no other endpoint is asked', async () => {
  await using cut = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': '10' });
    response.write('sound', () => response.destroy());
  });
  await using fine = await startUpstream(good);
  const app = await startApp(pair(cut, fine));
  const answer = await send(`${app.url}/v1/audio/speech`, { body: { model: 'm', input: 'x' } });
  await app.close();
  expect(answer).toMatchObject({ status: 200, broken: true });
  expect(answer.body.toString()).toBe('sound');
  expect(fine.requests).toEqual([]);
});

test('when every endpoint fails the client sees the last answer', async () => {
  await using one = await startUpstream(refuse(503));
  await using two = await startUpstream(refuse(429));
  const app = await startApp(pair(one, two));
  const answer = await send(`${app.url}/v1/images/generations`, { body: { model: 'm', prompt: 'x' } });
  await app.close();
  expect(answer.status).toBe(429);
  expect(answer.headers['retry-after']).toBe('5');
  expect(jsonOf(answer)).toEqual({ error: { message: 'no' } });
});

test.each([
  ['names no model', '/v1/moderations', { input: 'x' }, {}],
  ['creates what is kept', '/v1/assistants', { model: 'm' }, {}],
  ['makes a video', '/v1/videos', { model: 'm', prompt: 'x' }, {}],
  ['uploads a file', '/v1/files', form('m'), FORM],
  ['mints a secret', '/v1/realtime/client_secrets', { session: { model: 'm' } }, {}],
  ['runs on a path that is not known', '/v1/odd', { model: 'm' }, {}],
])('a request that %s is sent once', async (_what, path, body, headers) => {
  await using bad = await startUpstream(refuse(503));
  await using fine = await startUpstream(good);
  const app = await startApp(pair(bad, fine));
  const answer = await send(app.url + path, { body, headers });
  await app.close();
  expect(answer.status).toBe(503);
  expect([bad.requests.length, fine.requests.length]).toEqual([1, 0]);
});

test('a request that must not be repeated is not, when a kept-alive connection dies under it', async () => {
  await using upstream = await startUpstream((response, { url }, incoming) => {
    if (url === '/v1/models/x' || incoming.method === 'GET')
      good(response, { method: '', url, headers: {}, rawHeaders: [], body: Buffer.alloc(0) }, incoming);
    else incoming.socket.destroy();
  });
  const app = await startApp(pair(upstream, NOWHERE));
  await send(`${app.url}/v1/files`, { method: 'GET' });
  const answer = await send(`${app.url}/v1/batches`, { body: { input_file_id: 'file-1' } });
  await app.close();
  expect(answer.status).toBe(502);
  expect(upstream.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v1/files', 'POST /v1/batches']);
});

test('a 429 on images leaves chat at the endpoint alone, and a 401 counts for both', async () => {
  await using upstream = await startUpstream((response, request, incoming) => {
    if (request.url.endsWith('/images/generations')) refuse(429)(response, request, incoming);
    else if (request.url.endsWith('/moderations')) refuse(401)(response, request, incoming);
    else {
      const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }];
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'x', choices }));
    }
  });
  const endpoint = { provider: 'openai', name: 'a', base_url: upstream.baseURL, api_key: 'sk-endpoint' };
  const app = await startApp({ cache: { enabled: false }, models: { 'gpt-4o-mini': { endpoints: [endpoint] } } });
  const post = async (path: string, body: unknown): Promise<number> => (await send(app.url + path, { body })).status;
  expect(await post('/v1/images/generations', { model: 'gpt-4o-mini', prompt: 'x' })).toBe(429);
  expect(await post('/v1/images/generations', { model: 'gpt-4o-mini', prompt: 'x' })).toBe(503);
  expect(await post('/v1/chat/completions', chat('x'))).toBe(200);
  expect(await post('/v1/moderations', { input: 'x' })).toBe(401);
  const stats = await statsOf(app.url);
  await app.close();
  expect(stats.endpoints[0]).toMatchObject({ state: 'ejected', in_flight: 0, last_error: { kind: 'unauthorized' } });
});

test('a body that is nested deep can probe an endpoint, and does not keep it out', async () => {
  let sick = true;
  await using a = await startUpstream((response, request, incoming) =>
    (sick ? refuse(500) : good)(response, request, incoming),
  );
  await using b = await startUpstream(good);
  const app = await startApp(pair(a, b, { routing: { allowed_fails: 1, cooldown: '100ms' } }));
  await send(`${app.url}/v1/images/generations`, { body: { model: 'm', prompt: 'x' } });
  sick = false;
  const deep = `{"model":"m","prompt":"x","deep":${'['.repeat(80)}${']'.repeat(80)}}`;
  await expect
    .poll(async () => {
      await send(`${app.url}/v1/images/generations`, { body: deep });
      return (await statsOf(app.url)).endpoints[0];
    })
    .toMatchObject({ state: 'admitting', in_flight: 0 });
  await app.close();
});

test('what is kept is found again where it was made', async () => {
  const made: Answer = (response, { method, url }) => {
    const id = method === 'POST' ? { id: 'asst_1' } : { at: url };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(id));
  };
  await using usual = await startUpstream(made);
  await using other = await startUpstream(made);
  const endpoint = ({ baseURL }: Upstream, name: string): object => ({
    provider: 'openai',
    name,
    base_url: baseURL,
    api_key: `sk-${name}`,
  });
  const app = await startApp({
    models: { usual: { endpoints: [endpoint(usual, 'a')] }, other: { endpoints: [endpoint(other, 'b')] } },
  });
  await send(`${app.url}/v1/assistants`, { body: { model: 'other' } });
  await send(`${app.url}/v1/assistants/asst_1`, { method: 'GET' });
  await send(`${app.url}/v1/assistants/asst_2`, { method: 'GET' });
  await app.close();
  expect(other.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /v1/assistants',
    'GET /v1/assistants/asst_1',
  ]);
  expect(usual.requests.map(({ url }) => url)).toEqual(['/v1/assistants/asst_2']);
});

test('answers come back byte for byte, whatever they are, with the headers that speak of them', async () => {
  const sound = randomBytes(300_000);
  await using upstream = await startUpstream((response) => {
    response.writeHead(206, {
      'content-type': 'audio/mpeg',
      'content-length': String(sound.length),
      'content-range': 'bytes 0-9/10',
      'content-disposition': 'attachment; filename="a.mp3"',
      location: 'http://elsewhere.example/x',
      etag: '"x"',
    });
    response.end(sound);
  });
  const app = await startApp(pair(upstream, NOWHERE));
  const answer = await send(`${app.url}/v1/audio/speech`, { body: { model: 'm', input: 'x' } });
  await app.close();
  expect(answer.status).toBe(206);
  expect(answer.body.equals(sound)).toBe(true);
  expect(answer.headers).toMatchObject({
    'content-type': 'audio/mpeg',
    'content-length': String(sound.length),
    'content-range': 'bytes 0-9/10',
    'content-disposition': 'attachment; filename="a.mp3"',
    etag: '"x"',
  });
  expect(answer.headers['location']).toBeUndefined();
});

test('a stream of events passes as it comes', async () => {
  let finish: () => void = () => undefined;
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"type":"speech.audio.delta"}\n\n');
    finish = () => response.end('data: {"type":"speech.audio.done"}\n\n');
  });
  const app = await startApp(pair(upstream, NOWHERE));
  const answer = await fetch(`${app.url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', input: 'x', stream_format: 'sse' }),
  });
  const reader = answer.body!.getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: {"type":"speech.audio.delta"}\n\n');
  finish();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: {"type":"speech.audio.done"}\n\n');
  expect((await reader.read()).done).toBe(true);
  await app.close();
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
});
