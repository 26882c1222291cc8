import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { alive, childrenOf } from '../setup/children.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { chunk, DONE } from './answers.ts';
import { chat, collect, textOf } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { errorOf, openSocket, postText, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const stream = { ...chat('Count from 1 to 5'), stream: true } as const;

interface HeldProxy extends ProxyProcess, AsyncDisposable {
  /** Lets the answers go on that have begun. */
  release(): void;
}

/** A proxy in a process of its own, in front of an endpoint that begins its answer and goes on when the test says so. */
async function heldProxy(): Promise<HeldProxy> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const upstream = await startUpstream(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ role: 'assistant', content: 'one ' }));
    await released;
    response.end(chunk({ content: 'two' }) + chunk({}, 'stop') + DONE);
  });
  const proxy = await startProxy({ config: modelsAt([upstream]) });
  return {
    ...proxy,
    release,
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

function exit({ child }: ProxyProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: the running stream completes, new requests are refused, then it ends with 0',
  async (signal) => {
    await using proxy = await heldProxy();
    const running = await clientOf(proxy.url).chat.completions.create(stream);
    const text = collect(running).then(textOf);
    process.kill(proxy.pid, signal);
    await expect.poll(async () => (await send(`${proxy.url}/health/ready`, { method: 'GET' })).status).toBe(503);
    const refused = await send(`${proxy.url}/v1/chat/completions`, { body: chat('new') });
    expect(refused.status).toBe(503);
    expect(errorOf(refused)).toMatchObject({ type: 'server_error', code: 'shutting_down' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    expect((await send(`${proxy.url}/health/live`, { method: 'GET' })).status).toBe(200);
    proxy.release();
    expect(await text).toBe('one two');
    expect(await exit(proxy)).toBe(0);
  },
);

test('without running requests it ends at once, also while clients keep connections open', async () => {
  await using proxy = await heldProxy();
  const idle = openSocket(proxy.url);
  idle.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await idle.until('"status"');
  process.kill(proxy.pid, 'SIGTERM');
  expect(await exit(proxy)).toBe(0);
  await idle.ended();
});

test('a second signal ends it on the spot', async () => {
  await using proxy = await heldProxy();
  const socket = openSocket(proxy.url);
  socket.write(postText('/v1/chat/completions', stream));
  await socket.until('one ');
  process.kill(proxy.pid, 'SIGTERM');
  await expect.poll(async () => (await send(`${proxy.url}/health/ready`, { method: 'GET' })).status).toBe(503);
  process.kill(proxy.pid, 'SIGTERM');
  expect(await exit(proxy)).toBe(130);
  expect((await socket.ended()).toString()).not.toContain('[DONE]');
});

test('what still runs at the end of drain_timeout is cut, visibly', async () => {
  await using mock = await startMock();
  await mock.fault({ fault: { kind: 'hang', afterEvents: 4 } });
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-drain' };
  const models = { 'gpt-4o-mini': { endpoints: [endpoint] } };
  const app = await startApp({ server: { drain_timeout: '200ms' }, models });
  const socket = openSocket(app.url);
  socket.write(postText('/v1/chat/completions', stream));
  await socket.until('"content":"1"');
  await app.close();
  const said = (await socket.ended()).toString();
  expect(app.completed).toBe(false);
  expect(said).not.toContain('[DONE]');
  expect(said).toContain(
    'data: {"error":{"message":"The proxy has shut down before the answer was complete.","type":"server_error","param":null,"code":"shutting_down"}}\n\n',
  );
  expect(said.endsWith('0\r\n\r\n')).toBe(false);
  await expect.poll(async () => (await mock.requests())[0]?.aborted).toBe(true);
});

test.each([
  ['a request for JSON', {}, 503],
  ['a stream that hears comments', { stream: true }, 200],
])('%s that still waits at the end of drain_timeout hears why, in its own form', async (_what, more, status) => {
  await using mock = await startMock();
  await mock.fault({ fault: { kind: 'hang' } });
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-drain' };
  const models = { 'gpt-4o-mini': { endpoints: [endpoint] } };
  const app = await startApp({ server: { drain_timeout: '300ms', stream_keepalive: '50ms' }, models });
  const answer = send(`${app.url}/v1/chat/completions`, { body: { ...chat('hi'), ...more } });
  await expect.poll(async () => (await mock.requests()).length).toBe(1);
  await app.close();
  expect(app.completed).toBe(false);
  const { status: seen, body, broken } = await answer;
  expect([seen, broken]).toEqual([status, status === 200]);
  const json = status === 200 ? body.toString().split('data: ')[1] : body.toString();
  expect(JSON.parse(json ?? '')).toMatchObject({ error: { code: 'shutting_down', type: 'server_error' } });
  await expect.poll(async () => (await mock.requests())[0]?.aborted).toBe(true);
});

test('an answer that is passed on breaks off at the end of drain_timeout', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '100' }).write('half');
  });
  const app = await startApp({ server: { drain_timeout: '100ms' }, ...modelsAt([upstream]) });
  const socket = openSocket(app.url);
  socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await socket.until('half');
  await app.close();
  expect((await socket.ended()).toString().endsWith('half')).toBe(true);
  expect(app.completed).toBe(false);
});

test('a process whose drain_timeout is over ends with 1 and says so', async () => {
  await using mock = await startMock();
  await mock.fault({ fault: { kind: 'hang' } });
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-drain' };
  const proxy = await startProxy({
    config: { server: { drain_timeout: '100ms' }, models: { 'gpt-4o-mini': { endpoints: [endpoint] } } },
  });
  const answer = send(`${proxy.url}/v1/chat/completions`, { body: chat('hi') });
  await expect.poll(async () => (await mock.requests()).length).toBe(1);
  process.kill(proxy.pid, 'SIGTERM');
  expect(await exit(proxy)).toBe(1);
  expect((await answer).status).toBe(503);
  await proxy.stop();
});

test('a tunnel whose sides never close does not keep the process', async () => {
  await using upstream = await startUpstream(
    (response) => response.end(),
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'),
  );
  const proxy = await startProxy({ config: modelsAt([upstream]) });
  const socket = openSocket(proxy.url);
  socket.write(
    'GET /v1/realtime?model=gpt-4o-mini HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n',
  );
  await socket.until('101 Switching');
  process.kill(proxy.pid, 'SIGTERM');
  expect(await exit(proxy)).toBe(0);
  await socket.ended();
  await proxy.stop();
});

test('the bundled mock ends with the proxy, also when that is killed', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const proxy = await startProxy({
      config: { models: { m: { endpoints: [{ provider: 'mock' }, { provider: 'mock' }] } } },
    });
    const children = childrenOf(proxy.pid);
    expect(children).toHaveLength(1);
    const answer = await clientOf(proxy.url).chat.completions.create(chat('2+2', { model: 'm' }));
    expect(answer.choices[0]?.message.content).toBe('4');
    process.kill(proxy.pid, signal);
    await exit(proxy);
    await expect.poll(() => children.filter(alive), { timeout: 10_000 }).toEqual([]);
    await proxy.stop();
  }
});
