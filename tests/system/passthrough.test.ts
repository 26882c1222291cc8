import { createHash, randomBytes } from 'node:crypto';
import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { clientOf, startApp, statsOf } from './bed.ts';
import { errorOf, openSocket, send } from './http.ts';
import { modelsAt, startUpstream, type SeenRequest } from './upstream.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_none, index) => index));
const SECRET = /cookie|sk-client|10\.1\.2\.3|x-forwarded|via/i;

/** What the client says that is none of the endpoint's business. */
const PRIVATE = {
  cookie: 'session=1',
  authorization: 'Bearer sk-client',
  'x-forwarded-for': '10.1.2.3',
  'x-api-key': 'sk-client',
  via: '1.1 other',
  'openai-organization': 'org-of-the-client',
};

function json(value: object): string {
  return JSON.stringify(value);
}

test('a file is uploaded as multipart and answered by the first endpoint of the default model', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(json({ id: 'file-1', object: 'file', bytes: 256, filename: 'x.bin', purpose: 'assistants' }));
  });
  const app = await startApp(modelsAt([upstream]));
  const file = await toFile(everyByte, 'x.bin');
  const { data, response } = await clientOf(app.url).files.create({ file, purpose: 'assistants' }).withResponse();
  await app.close();
  expect(data).toMatchObject({ id: 'file-1', bytes: 256 });
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/a');
  const [seen] = upstream.requests;
  expect(seen?.url).toBe('/v1/files');
  expect(seen?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(seen?.body.includes(everyByte)).toBe(true);
  expect(seen?.headers['authorization']).toBe('Bearer sk-endpoint');
});

test('a large upload in chunks and a large binary download keep every byte', async () => {
  const upload = randomBytes(3_000_000);
  const download = randomBytes(3_000_000);
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(download);
  });
  const app = await startApp({ ...modelsAt([upstream]), server: { body_limit: '1MiB' } });
  const answer = await fetch(`${app.url}/v1/uploads/u_1/parts?x=1&y=%2F`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Blob([upload]).stream(),
    duplex: 'half',
  });
  const got = Buffer.from(await answer.arrayBuffer());
  await app.close();
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(got)).toBe(digest(download));
  expect(digest(upstream.requests[0]!.body)).toBe(digest(upload));
  expect(upstream.requests[0]!.url).toBe('/v1/uploads/u_1/parts?x=1&y=%2F');
});

test.each(['GET', 'DELETE', 'POST', 'PUT', 'PATCH'])(
  '%s reaches the endpoint with its path, query and answer',
  async (method) => {
    await using upstream = await startUpstream((response) => {
      response.writeHead(207, { 'content-type': 'text/x-odd', 'openai-version': '2020-10-01' }).end('odd');
    });
    const app = await startApp(modelsAt([upstream]));
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: { a: 1 } };
    const answer = await send(`${app.url}/v1/vector_stores/vs_1/files?after=x`, { method, ...body });
    await app.close();
    expect(answer).toMatchObject({ status: 207, broken: false });
    expect(answer.body.toString()).toBe('odd');
    expect(answer.headers).toMatchObject({ 'content-type': 'text/x-odd', 'openai-version': '2020-10-01' });
    expect(upstream.requests[0]).toMatchObject({ method, url: '/v1/vector_stores/vs_1/files?after=x' });
  },
);

test('answers without a body are not framed, and the connection goes on', async () => {
  await using upstream = await startUpstream((response, { method }) => {
    if (method === 'DELETE') response.writeHead(204).end();
    else response.writeHead(200, { 'x-odd': 'yes' }).end();
  });
  const app = await startApp(modelsAt([upstream]));
  const socket = openSocket(app.url);
  const ask = (method: string): string => `${method} /v1/files/x HTTP/1.1\r\nhost: localhost\r\n`;
  socket.write(`${ask('DELETE')}\r\n${ask('HEAD')}\r\n${ask('GET')}connection: close\r\n\r\n`);
  const answers = (await socket.ended()).toString().split(/(?=HTTP\/1\.1 )/);
  await app.close();
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['204', '200', '200']);
  const [deleted, head] = answers;
  expect(deleted).not.toMatch(/transfer-encoding|content-length/i);
  expect(head).toMatch(/x-odd: yes/);
  expect(head).not.toMatch(/transfer-encoding/i);
});

test('the model in a JSON body or a form chooses the endpoint, and gets the name it is known by there', async () => {
  const answer = (response: import('node:http').ServerResponse): unknown =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[],"text":"x"}');
  await using first = await startUpstream(answer);
  await using images = await startUpstream(answer);
  const models = {
    'gpt-4o-mini': { endpoints: [{ provider: 'openai', name: 'a', base_url: first.baseURL, api_key: 'sk-a' }] },
    painter: {
      endpoints: [{ provider: 'openai', name: 'p', base_url: images.baseURL, api_key: 'sk-p', model: 'gpt-image-1' }],
    },
    'whisper-1': { endpoints: [{ provider: 'openai', name: 'w', base_url: images.baseURL, api_key: 'sk-w' }] },
  };
  const app = await startApp({ models });
  const client = clientOf(app.url);
  await client.images.generate({ model: 'painter', prompt: 'a cat' });
  await client.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(everyByte, 'x.wav') });
  await client.moderations.create({ input: 'x' });
  await app.close();
  expect(JSON.parse(images.requests[0]!.body.toString())).toEqual({ model: 'gpt-image-1', prompt: 'a cat' });
  expect(images.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer sk-p', 'Bearer sk-w']);
  expect(images.requests[1]!.body.includes(everyByte)).toBe(true);
  expect(first.requests.map(({ url }) => url)).toEqual(['/v1/moderations']);
});

test.each([
  ['a passed-through route', '/v1/moderations', { input: 'x' }],
  ['a route of the pipeline', '/v1/chat/completions', chat('hi')],
])(
  '%s shows the endpoint no cookie and no credential of the caller, and the caller none of the endpoint',
  async (_what, path, body) => {
    await using upstream = await startUpstream((response) => {
      response.setHeader('set-cookie', ['__cf_bm=1; path=/', '_cfuvid=2']);
      response.writeHead(200, {
        'content-type': 'application/json',
        server: 'cloudflare',
        'alt-svc': 'h3',
        'cf-ray': 'x',
      });
      response.end(
        json({ id: 'x', object: 'x', choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] }),
      );
    });
    const app = await startApp(modelsAt([upstream]));
    const answer = await send(`${app.url}${path}`, { body, headers: PRIVATE });
    await app.close();
    expect(answer.status).toBe(200);
    const seen: SeenRequest = upstream.requests[0]!;
    expect(seen.rawHeaders.join('\n')).not.toMatch(SECRET);
    expect(seen.headers['authorization']).toBe('Bearer sk-endpoint');
    expect(seen.headers['openai-organization']).toBeUndefined();
    expect(seen.headers['host']).toBe(`127.0.0.1:${upstream.port}`);
    for (const name of ['set-cookie', 'server', 'alt-svc', 'cf-ray']) expect(answer.headers[name]).toBeUndefined();
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
  },
);

test('where the caller’s credential is to be forwarded, it is, with organisation and project', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const endpoint = { provider: 'openai', name: 'a', base_url: upstream.baseURL, api_key: 'forward' };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } } });
  await send(`${app.url}/v1/files`, { method: 'GET', headers: PRIVATE });
  await app.close();
  expect(upstream.requests[0]!.headers).toMatchObject({
    authorization: 'Bearer sk-client',
    'openai-organization': 'org-of-the-client',
  });
  expect(upstream.requests[0]!.headers['cookie']).toBeUndefined();
});

test('headers that Connection names are of this hop and go no further', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const app = await startApp(modelsAt([upstream]));
  const headers = { connection: 'close, x-hop', 'x-hop': '1', te: 'trailers', 'proxy-authorization': 'Basic x' };
  await send(`${app.url}/v1/files`, { method: 'GET', headers });
  await app.close();
  for (const name of ['x-hop', 'te', 'proxy-authorization'])
    expect(upstream.requests[0]!.headers[name]).toBeUndefined();
});

test('an endpoint that cannot be reached is a 502 in the shape of every error', async () => {
  const app = await startApp(modelsAt([{ baseURL: 'http://127.0.0.1:9/v1' }]));
  const answer = await send(`${app.url}/v1/files`, { method: 'GET' });
  await app.close();
  expect(answer.status).toBe(502);
  expect(errorOf(answer)).toMatchObject({ type: 'server_error', code: 'upstream_failed', param: null });
});

test('a client that leaves a download is seen to leave, and the endpoint is not blamed', async () => {
  let closed = false;
  await using upstream = await startUpstream((response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).write(everyByte);
  });
  const app = await startApp(modelsAt([upstream]));
  const socket = openSocket(app.url);
  socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await socket.until('octet-stream');
  socket.leave();
  await expect.poll(() => closed).toBe(true);
  const stats = await statsOf(app.url);
  await app.close();
  expect(stats.endpoints[0]).toMatchObject({ failures: 0, in_flight: 0, state: 'admitting' });
});

const upgradeRequest = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: realtime\r\n' +
  'cookie: session=1\r\nauthorization: Bearer sk-client\r\n\r\n';

test('an upgrade becomes a tunnel: bytes both ways, the endpoint’s own key, and an end at both ends', async () => {
  let handshake: import('node:http').IncomingMessage | undefined;
  let closed = false;
  await using upstream = await startUpstream(
    (response) => response.writeHead(400).end(),
    (socket, request) => {
      handshake = request;
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      );
      socket.on('data', (chunk: Buffer) => socket.write(Buffer.concat([Buffer.from('echo:'), chunk])));
      socket.on('close', () => (closed = true));
    },
  );
  const app = await startApp(modelsAt([upstream]));
  const socket = openSocket(app.url);
  socket.write(upgradeRequest('/v1/realtime?model=gpt-4o-mini'));
  await socket.until('101 Switching Protocols');
  socket.write(everyByte);
  await expect.poll(() => socket.received().includes(Buffer.concat([Buffer.from('echo:'), everyByte]))).toBe(true);
  socket.leave();
  await expect.poll(() => closed).toBe(true);
  await app.close();
  expect(handshake?.url).toBe('/v1/realtime?model=gpt-4o-mini');
  expect(handshake?.headers).toMatchObject({
    authorization: 'Bearer sk-endpoint',
    'sec-websocket-protocol': 'realtime',
  });
  expect(handshake?.headers['cookie']).toBeUndefined();
});

test('the WebSocket of the platform speaks through the proxy', async () => {
  const accept = (key: string): string =>
    createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  await using upstream = await startUpstream(
    (response) => response.writeHead(400).end(),
    (socket, request) => {
      const key = String(request.headers['sec-websocket-key']);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept(key)}\r\n\r\n`,
      );
      // One unmasked text frame: "hello".
      socket.write(Buffer.from([0x81, 5, ...Buffer.from('hello')]));
    },
  );
  const app = await startApp(modelsAt([upstream]));
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/v1/realtime?model=gpt-4o-mini`);
  const heard = await new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => resolve(data));
    socket.addEventListener('error', () => reject(new Error('the WebSocket failed')));
  });
  socket.close();
  await app.close();
  expect(heard).toBe('hello');
});

test.each([
  ['the endpoint refuses', '/v1/realtime', 403],
  ['no route takes it', '/v1/models', 404],
])('an upgrade that %s is answered, and the connection ends', async (_what, path, status) => {
  await using upstream = await startUpstream(
    (response) => response.writeHead(500).end(),
    (socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
  );
  const app = await startApp(modelsAt([upstream]));
  const socket = openSocket(app.url);
  socket.write(upgradeRequest(path));
  const answer = (await socket.ended()).toString();
  await app.close();
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});
