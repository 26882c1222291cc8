import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProxy } from '../setup/services.ts';
import { startApp, statsOf } from './bed.ts';
import { errorOf, send } from './http.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

const MIB = 1024 * 1024;
const FORM = { 'content-type': 'multipart/form-data; boundary=B' };

function form(model: string, file: Buffer): Buffer {
  const head = '--B\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
  const tail = `\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--B--\r\n`;
  return Buffer.concat([Buffer.from(head), file, Buffer.from(tail)]);
}

const good: Answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"x"}');

function modelsAt(upstreams: readonly Upstream[], more: object = {}): object {
  const endpoints = upstreams.map(({ baseURL }, index) => ({
    provider: 'openai',
    name: String.fromCodePoint(97 + index),
    weight: index === 0 ? 1 : 0,
    base_url: baseURL,
    api_key: 'sk-endpoint',
    model: 'whisper-large-v3',
  }));
  return { models: { listen: { endpoints } }, passthrough: { replay_limit: '64KiB' }, ...more };
}

/** A body in chunks of which only the end says how long it is. */
function chunked(url: string, body: Buffer, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: new Blob([Uint8Array.from(body)]).stream(), duplex: 'half' });
}

test('a form beyond replay_limit, announced or in chunks, is renamed and sent once, of its true length', async () => {
  await using upstream = await startUpstream(good);
  const app = await startApp(modelsAt([upstream]));
  const file = randomBytes(MIB);
  const sized = await send(`${app.url}/v1/audio/transcriptions`, { body: form('listen', file), headers: FORM });
  const unsized = await chunked(`${app.url}/v1/audio/transcriptions`, form('listen', file), FORM);
  await unsized.text();
  await app.close();
  expect([sized.status, unsized.status]).toEqual([200, 200]);
  const expected = form('whisper-large-v3', file);
  for (const { body, headers } of upstream.requests) {
    expect(body.equals(expected)).toBe(true);
    expect(headers['content-length']).toBe(String(expected.length));
  }
});

test('a large JSON body is renamed too', async () => {
  await using upstream = await startUpstream(good);
  const app = await startApp(modelsAt([upstream]));
  const body = (model: string): string => `{"image":"${'A'.repeat(MIB)}","model":"${model}","prompt":"x"}`;
  const answer = await send(`${app.url}/v1/images/edits`, { body: body('listen') });
  await app.close();
  expect(answer.status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(body('whisper-large-v3'));
});

test('a large body whose model is not configured reaches no endpoint', async () => {
  await using upstream = await startUpstream(good);
  const app = await startApp(modelsAt([upstream]));
  const answer = await send(`${app.url}/v1/audio/transcriptions`, {
    body: form('dear', randomBytes(MIB)),
    headers: FORM,
  });
  await app.close();
  expect(answer.status).toBe(404);
  expect(errorOf(answer)).toMatchObject({ code: 'model_not_found' });
  expect(upstream.requests).toEqual([]);
});

test('a large body is sent once, a small one to the next endpoint too', async () => {
  await using bad = await startUpstream((response) => response.writeHead(503).end());
  await using fine = await startUpstream(good);
  const app = await startApp(modelsAt([bad, fine]));
  const post = async (bytes: number): Promise<number> => {
    const answer = await send(`${app.url}/v1/audio/transcriptions`, {
      body: form('listen', randomBytes(bytes)),
      headers: FORM,
    });
    return answer.status;
  };
  const statuses = [await post(MIB), await post(1_000)];
  await app.close();
  expect(statuses).toEqual([503, 200]);
  expect([bad.requests.length, fine.requests.length]).toEqual([2, 1]);
});

test('a body beyond body_limit is refused where its model has to be known, and passes where it names none', async () => {
  await using upstream = await startUpstream(good);
  const app = await startApp(modelsAt([upstream], { server: { body_limit: '256KiB' } }));
  const body = form('listen', randomBytes(MIB));
  const refused = await chunked(`${app.url}/v1/audio/transcriptions`, body, FORM).then(
    ({ status }) => status,
    () => 'cut',
  );
  const passed = await chunked(`${app.url}/v1/files`, body, FORM);
  await passed.text();
  await app.close();
  expect([413, 'cut']).toContain(refused);
  expect(passed.status).toBe(200);
  expect(upstream.requests.map(({ url }) => url)).toEqual(['/v1/files']);
  expect(upstream.requests[0]?.body.equals(body)).toBe(true);
});

test('an upload that is refused shows the refusal, without our key, and blames the endpoint as elsewhere', async () => {
  await using upstream = await startUpstream((response) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"bad sk-endpoint"}}'),
  );
  const app = await startApp(modelsAt([upstream]));
  const answer = await send(`${app.url}/v1/files`, { body: form('x', randomBytes(MIB)), headers: FORM });
  const stats = await statsOf(app.url);
  await app.close();
  expect(answer.status).toBe(401);
  expect(answer.body.toString()).toBe('{"error":{"message":"bad ***"}}');
  expect(answer.headers).toMatchObject({ 'x-llmproxy-endpoint': 'listen/a', 'x-should-retry': 'false' });
  expect(stats.endpoints[0]).toMatchObject({ state: 'ejected', in_flight: 0, last_error: { kind: 'unauthorized' } });
});

test('an upload to an endpoint that cannot be reached is a 502, one that leads elsewhere too', async () => {
  await using elsewhere = await startUpstream((response) =>
    response.writeHead(302, { location: 'http://x.example' }).end(),
  );
  for (const target of [elsewhere, { baseURL: 'http://127.0.0.1:9/v1' }]) {
    const app = await startApp(modelsAt([target as Upstream]));
    const answer = await send(`${app.url}/v1/files`, { body: form('x', randomBytes(MIB)), headers: FORM });
    await app.close();
    expect(answer.status).toBe(502);
    expect(errorOf(answer)).toMatchObject({ code: 'upstream_failed' });
  }
});

interface Sink {
  readonly baseURL: string;
  readonly bytes: () => number;
  close(): Promise<void>;
}

/** An endpoint that keeps nothing of what it reads, and answers only when it is told to. */
async function startSink(answerWhen: Promise<unknown>): Promise<Sink> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (piece: Buffer) => (bytes += piece.length));
    request.on(
      'end',
      () => void answerWhen.then(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    bytes: () => bytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Resident memory of a process in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test.skipIf(process.platform !== 'linux')(
  '12 forms of 31 MB at once take less than 200 MiB, and leave nothing on disk',
  { timeout: 90_000 },
  async () => {
    const spool = await mkdtemp(join(tmpdir(), 'llmproxy-spool-'));
    const held = Promise.withResolvers<void>();
    const sink = await startSink(held.promise);
    const endpoint = { provider: 'openai', base_url: sink.baseURL, api_key: 'sk-endpoint', model: 'whisper-large-v3' };
    const proxy = await startProxy({
      config: { models: { listen: { endpoints: [endpoint] } } },
      env: { TMPDIR: spool },
    });
    const body = form('listen', Buffer.alloc(31_000_000, 'x'));
    const post = async (): Promise<number> =>
      (await send(`${proxy.url}/v1/audio/transcriptions`, { body, headers: FORM })).status;
    await send(`${proxy.url}/v1/models`, { method: 'GET' });
    const idle = await residentMiB(proxy.pid);
    let peak = idle;
    const watch = setInterval(() => void residentMiB(proxy.pid).then((now) => (peak = Math.max(peak, now))), 20);
    const answers = Array.from({ length: 12 }, post);
    await expect
      .poll(sink.bytes, { timeout: 60_000 })
      .toBe(12 * (body.length + 'whisper-large-v3'.length - 'listen'.length));
    held.resolve();
    const statuses = await Promise.all(answers);
    clearInterval(watch);
    const left = (await readdir(spool)).filter((name) => name.startsWith('llmproxy-'));
    await proxy.stop();
    await sink.close();
    await rm(spool, { recursive: true });
    expect(statuses).toEqual(Array.from({ length: 12 }, () => 200));
    expect(peak - idle).toBeLessThan(200);
    expect(left).toEqual([]);
  },
);
