import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { until, withRealSockets } from '../tests/setup/mock-bed.ts';
import { startFleet, startMock } from './index.ts';
import type { Mock, MockOptions } from './index.ts';

withRealSockets();

interface Client {
  readonly ws: WebSocket;
  readonly heard: { readonly type: string; readonly [name: string]: unknown }[];
  readonly frames: (string | Buffer)[];
  readonly closed: Promise<readonly [code: number, reason: string]>;
  readonly send: (event: object) => void;
}

async function mockFor(options: MockOptions = {}): Promise<Mock> {
  const mock = await startMock(options);
  onTestFinished(() => mock.close());
  return mock;
}

function dial(
  mock: Mock,
  path = '/v1/realtime?model=gpt-realtime',
  options: ClientOptions & { protocols?: string[] } = {},
): Client {
  const { protocols, ...rest } = options;
  const ws = new WebSocket(`${mock.url.replace('http', 'ws')}${path}`, protocols, rest);
  const heard: Client['heard'] = [];
  const frames: Client['frames'] = [];
  ws.on('message', (data: Buffer, binary: boolean) => {
    frames.push(binary ? data : data.toString());
    if (!binary && data.toString().startsWith('{')) heard.push(JSON.parse(data.toString()) as Client['heard'][number]);
  });
  ws.on('error', () => undefined);
  onTestFinished(() => ws.terminate());
  const closed = new Promise<readonly [number, string]>((resolve) => {
    ws.on('close', (code, reason) => resolve([code, reason.toString()]));
  });
  return { ws, heard, frames, closed, send: (event) => ws.send(JSON.stringify(event)) };
}

async function refusalOf(client: Client): Promise<number | undefined> {
  const [, response] = (await once(client.ws, 'unexpected-response')) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

test.each<[fault: string, end: readonly [number, string], refused?: number]>([
  ['ws-close;after=1;code=4123;reason=bye', [4123, 'bye']],
  ['ws-close;after=1', [1011, 'server_error']],
  ['ws-drop;after=1', [1006, '']],
  ['ws-reset;after=1', [1006, '']],
  ['ws-half-frame;after=1', [1006, '']],
  ['ws-invalid-utf8;after=1', [1006, ''], 1007],
  ['ws-bad-opcode;after=1', [1006, ''], 1002],
])('%s ends the connection as it says, after one whole frame', async (fault, end, refused = end[0]) => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime' }, fault });
  const client = dial(mock);
  expect(await client.closed).toEqual(end);
  expect(client.heard.map(({ type }) => type)).toEqual(['session.created']);
  await expect.poll(() => mock.requests()).toMatchObject([{ fault: fault.split(';')[0], closed: { code: refused } }]);
});

test('a fault of an answer counts its frames, and the session before it is left alone', async () => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime.response' }, fault: 'ws-close;after=2;code=1012' });
  const client = dial(mock);
  await until(() => client.heard.length === 1);
  client.send({ type: 'response.create' });
  expect((await client.closed)[0]).toBe(1012);
  expect(client.heard.map(({ type }) => type)).toEqual([
    'session.created',
    'response.created',
    'response.output_item.added',
  ]);
});

test('what stands between the right frames does not end the connection', async () => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime' }, fault: 'ws-not-json;after=1', times: 1 });
  await mock.fault({ match: { operation: 'realtime.response' }, fault: 'ws-binary;after=1', times: 1 });
  const client = dial(mock);
  await until(() => client.heard.length === 1);
  client.send({ type: 'response.create' });
  await until(() => client.heard.some(({ type }) => type === 'response.done'));
  expect(client.frames[1]).toMatch(/^upstream connect error/);
  expect(client.frames.filter((frame) => Buffer.isBuffer(frame))).toHaveLength(1);
});

test('a stalled connection sends nothing more and answers no ping', async () => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime' }, fault: 'ws-stall;after=1' });
  const client = dial(mock);
  await until(() => client.heard.length === 1);
  const pongs: unknown[] = [];
  client.ws.on('pong', (data) => pongs.push(data));
  client.send({ type: 'response.create' });
  client.ws.ping();
  const healthy = dial(await mockFor());
  await once(healthy.ws, 'open');
  healthy.ws.ping();
  await once(healthy.ws, 'pong');
  expect([client.heard.length, pongs, client.ws.readyState]).toEqual([1, [], WebSocket.OPEN]);
});

test('frames in fragments are put together by a client that can', async () => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime' }, fault: 'ws-fragments;bytes=7' });
  const client = dial(mock);
  await until(() => client.heard.length === 1);
  expect(client.heard[0]).toMatchObject({ type: 'session.created', session: { model: 'gpt-realtime' } });
});

test.each([
  ['status-503', 503],
  ['rate-limit', 429],
  ['unauthorized', 401],
])('%s refuses the handshake', async (fault, status) => {
  const mock = await mockFor();
  await mock.fault({ match: { operation: 'realtime' }, fault });
  expect(await refusalOf(dial(mock))).toBe(status);
  expect(await mock.requests()).toMatchObject([{ status, fault: fault.replace('-503', ''), path: '/v1/realtime' }]);
});

test('a fault is chosen by the model of the address, too', async () => {
  const mock = await mockFor();
  const client = dial(mock, '/v1/realtime?model=gpt-realtime!ws-close-1-4001');
  expect((await client.closed)[0]).toBe(4001);
  expect(client.heard[0]).toMatchObject({ session: { model: 'gpt-realtime' } });
});

test('a path that takes no socket is 404, and one in the clear of a tenant is its own', async () => {
  const mock = await mockFor();
  expect(await refusalOf(dial(mock, '/v1/chat/completions'))).toBe(404);
  const client = dial(mock, '/t/blue/v1/realtime?model=gpt-realtime');
  await until(() => client.heard.length === 1);
  expect(await mock.tenant('blue').requests()).toMatchObject([{ operation: 'realtime', status: 101 }]);
});

test('a browser gives its key as a subprotocol and is answered with realtime alone', async () => {
  const mock = await mockFor({ keys: ['sk-right'] });
  const protocols = ['realtime', 'openai-insecure-api-key.sk-right', 'openai-agents-sdk.0.20.0'];
  const client = dial(mock, undefined, { protocols });
  await until(() => client.heard.length === 1);
  expect([client.ws.protocol, client.heard[0]!.type]).toEqual(['realtime', 'session.created']);
});

test.each([
  ['a wrong key', { authorization: 'Bearer sk-wrong' }, 'invalid_api_key', 'invalid_request_error.invalid_api_key'],
  ['no key', {}, null, 'invalid_request_error.null'],
])('%s is told so before the connection is closed', async (_name, headers, code, reason) => {
  const mock = await mockFor({ keys: ['sk-right'] });
  const client = dial(mock, undefined, { headers });
  expect(await client.closed).toEqual([3000, reason]);
  expect(client.heard).toMatchObject([{ type: 'error', error: { code } }]);
});

test('a wrong key opens no socket for responses', async () => {
  const mock = await mockFor({ keys: ['sk-right'] });
  expect(await refusalOf(dial(mock, '/v1/responses', { headers: { authorization: 'Bearer sk-wrong' } }))).toBe(401);
});

test('a session ends after an hour of the clock, and a minted key after its time', async () => {
  const mock = await mockFor({ clock: 'virtual' });
  const body = JSON.stringify({ expires_after: { anchor: 'created_at', seconds: 60 }, session: { type: 'realtime' } });
  const headers = { 'content-type': 'application/json' };
  const minted = await fetch(`${mock.baseURL}/realtime/client_secrets`, { method: 'POST', headers, body });
  const { value } = (await minted.json()) as { value: string };
  const authorization = { headers: { authorization: `Bearer ${value}` } };
  const client = dial(mock, undefined, authorization);
  await until(() => client.heard.length === 1);
  await mock.clock.advance(61_000);
  expect((await dial(mock, undefined, authorization).closed)[0]).toBe(3000);
  expect(client.ws.readyState).toBe(WebSocket.OPEN);
  await mock.clock.advance(3_600_000);
  expect(await client.closed).toEqual([1001, 'Your session hit the maximum duration of 60 minutes.']);
  expect(client.heard.at(-1)).toMatchObject({ type: 'error', error: { code: 'session_expired' } });
});

test('beside a call there is no greeting and no sound, but the beginning and the end of it', async () => {
  const mock = await mockFor();
  const form = new FormData();
  form.set('sdp', 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n');
  form.set('session', JSON.stringify({ type: 'realtime', model: 'gpt-realtime', instructions: 'Sing.' }));
  const made = await fetch(`${mock.baseURL}/realtime/calls`, { method: 'POST', body: form });
  expect(made.status).toBe(201);
  const id = made.headers.get('location')!.split('/').at(-1)!;
  expect(id).toMatch(/^rtc_u0_[0-9A-Za-z]{21}$/);
  expect(await made.text()).toMatch(/^v=0\r\no=- \d+ \d{10} [^]*a=ice-lite\r\n/);
  const client = dial(mock, `/v1/realtime?call_id=${id}`);
  await once(client.ws, 'open');
  client.send({ type: 'response.create' });
  await until(() => client.heard.some(({ type }) => type === 'response.done'));
  const types = client.heard.map(({ type }) => type);
  expect(types[0]).toBe('response.created');
  expect(types.filter((type) => type.startsWith('output_audio_buffer'))).toEqual([
    'output_audio_buffer.started',
    'output_audio_buffer.stopped',
  ]);
  expect(types).not.toContain('response.output_audio.delta');
  expect(await mock.requests({ operation: 'realtime.response' })).toMatchObject([{ body: { instructions: 'Sing.' } }]);
});

test('one port speaks HTTP and TLS, with a certificate that is its own authority and goes with the mock', async () => {
  const mock = await startMock({ tls: true });
  const file = mock.certificateFile!;
  expect(readFileSync(file, 'utf8')).toBe(mock.certificate);
  const made = new X509Certificate(mock.certificate!);
  expect([made.checkHost('localhost'), made.checkIP('127.0.0.1'), made.checkIP('::1'), made.ca]).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
    true,
  ]);
  const url = `https://localhost:${mock.port}/v1/models`;
  const answered = await new Promise<string>((resolve, reject) => {
    get(url, { ca: mock.certificate, agent: false }, (response) => resolve(text(response))).on('error', reject);
  });
  expect(JSON.parse(answered)).toMatchObject({ object: 'list' });
  const plain = await fetch(`${mock.baseURL}/models`);
  expect(plain.status).toBe(200);
  await plain.text();
  await mock.close();
  expect(existsSync(file)).toBe(false);
});

test.each(['same', 'child'] as const)('servers of a fleet have one certificate, in the %s process', async (place) => {
  const fleet = await startFleet(2, { tls: true, process: place });
  onTestFinished(() => fleet.close());
  const [one, two] = fleet.mocks;
  expect(two!.certificateFile).toBe(one!.certificateFile);
  const ca = readFileSync(one!.certificateFile!, 'utf8');
  expect(one!.certificate).toBe(ca);
  const ws = new WebSocket(`wss://127.0.0.1:${two!.port}/v1/realtime?model=gpt-realtime`, { ca });
  onTestFinished(() => ws.terminate());
  await once(ws, 'open');
});

test('a request that asks for another protocol is answered as if it had not', async () => {
  const mock = await mockFor();
  const socket = connect(mock.port, '127.0.0.1');
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Count from 1 to 5' }] });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
      `HTTP2-Settings: AAMA\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
  );
  setTimeout(() => socket.write(body.slice(20)), 20);
  socket.setTimeout(500, () => socket.end());
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*"content": "1\\n2\\n3\\n4\\n5"/);
});

test('a mock that closes ends its sockets', async () => {
  const mock = await startMock();
  const client = dial(mock);
  await until(() => client.heard.length === 1);
  await mock.close();
  expect((await client.closed)[0]).toBe(1001);
});
