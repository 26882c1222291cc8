import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import type { Mock } from '../../mocks/index.ts';
import type { App } from '../../proxy/app.ts';
import { certificateFiles } from '../setup/certificates.ts';
import type { CertificateFiles } from '../setup/certificates.ts';
import { clientOf, startApp } from './bed.ts';

interface Bed {
  readonly mock: Mock;
  readonly app: App;
  readonly files: CertificateFiles;
}

/** The proxy over TLS, in front of a mock over TLS whose certificate it is told. */
async function secureBed(knowsEndpoint = true): Promise<Bed> {
  const mock = await startMock({ tls: true });
  onTestFinished(() => mock.close());
  const files = certificateFiles();
  const endpoint = {
    provider: 'openai',
    name: 'secure',
    base_url: mock.baseURL.replace('http:', 'https:'),
    api_key: 'sk-endpoint',
    ...(knowsEndpoint && { tls: { ca: mock.certificateFile } }),
  };
  const models = { 'gpt-4o-mini': { endpoints: [endpoint] }, 'gpt-realtime': { endpoints: [endpoint] } };
  const routing = { attempts: 1 };
  const app = await startApp({ server: { tls: { cert: files.cert, key: files.key } }, routing, models });
  onTestFinished(() => app.close());
  return { mock, app, files };
}

async function chat({ app }: Bed, ca: string): Promise<{ status: number | undefined; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: unknown }>();
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${app.url}/v1/chat/completions`, { method: 'POST', headers, ca, agent: false }, (response) => {
    json(response).then((body) => resolve({ status: response.statusCode, body }), reject);
  });
  sent.on('error', reject);
  sent.end(JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'What is 2+2?' }] }));
  return promise;
}

test('the proxy serves HTTPS and verifies its endpoint by the authorities that it is told', async () => {
  const bed = await secureBed();
  expect(bed.app.url).toMatch(/^https:/);
  expect(await chat(bed, bed.files.pem)).toMatchObject({
    status: 200,
    body: { choices: [{ message: { content: '4' } }] },
  });
  expect(await bed.mock.requests()).toMatchObject([{ headers: { authorization: 'Bearer sk-endpoint' } }]);
});

test('an endpoint whose certificate no authority vouches for is not talked to', async () => {
  const bed = await secureBed(false);
  expect(await chat(bed, bed.files.pem)).toMatchObject({ status: 502 });
  expect(await bed.mock.requests()).toEqual([]);
});

test('a reload takes a renewed certificate', async () => {
  const bed = await secureBed();
  const renewed = certificateFiles();
  await expect(chat(bed, renewed.pem)).rejects.toThrow(/self-signed|self signed/i);
  writeFileSync(bed.files.cert, renewed.pem);
  writeFileSync(bed.files.key, readFileSync(renewed.key));
  expect(await bed.app.reload()).toBe(true);
  expect((await chat(bed, renewed.pem)).status).toBe(200);
});

test('the official realtime client speaks through the proxy over wss', async () => {
  const { mock, app, files } = await secureBed();
  await mock.answer({ match: { text: 'greet' }, reply: { text: 'Hello through the proxy.' } });
  const rt = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: files.pem } }, clientOf(app.url));
  onTestFinished(() => rt.close());
  rt.on('session.created', () => {
    const content = [{ type: 'input_text', text: 'please greet me' } as const];
    rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    rt.send({ type: 'response.create' });
  });
  const done = await new Promise<{ transcript: string }>((resolve, reject) => {
    rt.on('response.output_audio_transcript.done', resolve);
    rt.on('error', reject);
  });
  expect(done.transcript).toBe('Hello through the proxy.');
  const [connection] = await mock.requests({ operation: 'realtime' });
  expect(connection).toMatchObject({ headers: { authorization: 'Bearer sk-endpoint' }, status: 101 });
});

test('a session of the Agents SDK runs through the proxy, and its close reaches the endpoint', async () => {
  await using mock = await startMock();
  const endpoint = { provider: 'openai', name: 'plain', base_url: mock.baseURL, api_key: 'sk-endpoint' };
  const app = await startApp({ models: { 'gpt-realtime': { endpoints: [endpoint] } } });
  onTestFinished(() => app.close());
  const url = `${app.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url });
  const agent = new RealtimeAgent({ name: 'Clerk', instructions: 'Help.' });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime', tracingDisabled: true });
  const errors: unknown[] = [];
  session.on('error', (error) => errors.push(error));
  await session.connect({ apiKey: 'sk-client' });
  session.sendMessage('Count from 1 to 5');
  await expect.poll(() => JSON.stringify(session.history)).toContain('1\\n2\\n3\\n4\\n5');
  session.close();
  await expect
    .poll(async () => (await mock.requests({ operation: 'realtime' }))[0]?.closed)
    .toMatchObject({ by: 'client' });
  expect(errors).toEqual([]);
});

test('an upload that is spooled reaches an endpoint with authorities of its own', async () => {
  const { app, files, mock } = await secureBed();
  const form = new FormData();
  form.set('purpose', 'user_data');
  form.set('file', new Blob([Buffer.alloc(6 * 1024 * 1024, 'x')]), 'large.txt');
  const body = new Response(form);
  const sent = Buffer.from(await body.arrayBuffer());
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const headers = { 'content-type': body.headers.get('content-type')!, 'content-length': String(sent.length) };
  const options = { method: 'POST', headers, ca: files.pem, agent: false };
  const upload = request(`${app.url}/v1/files`, options, (response) => {
    response.resume().on('end', () => resolve(response.statusCode));
  });
  upload.on('error', reject);
  upload.end(sent);
  expect(await promise).toBe(200);
  expect(await mock.requests()).toMatchObject([{ path: '/v1/files', status: 200 }]);
});
