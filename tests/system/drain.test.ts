import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { alive, childrenOf } from '../setup/children.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { chat, collect, textOf } from './ask.ts';
import { clientOf, startApp } from './bed.ts';
import { errorOf, openSocket, postText, send } from './http.ts';

const stream = { ...chat('Count from 1 to 5'), stream: true } as const;

/** A proxy in a process of its own, in front of a mock that takes its time. */
async function slowProxy(): Promise<ProxyProcess & AsyncDisposable> {
  const mock = await startMock({ pace: { tokensPerSecond: 6 } });
  const endpoint = { provider: 'openai', name: 'slow', base_url: mock.baseURL, api_key: 'sk-drain' };
  const proxy = await startProxy({ config: { models: { 'gpt-4o-mini': { endpoints: [endpoint] } } } });
  return {
    ...proxy,
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await mock.close();
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
    await using proxy = await slowProxy();
    const running = await clientOf(proxy.url).chat.completions.create(stream);
    const text = collect(running).then(textOf);
    process.kill(proxy.pid, signal);
    await expect.poll(async () => (await send(`${proxy.url}/health/ready`, { method: 'GET' })).status).toBe(503);
    const refused = await send(`${proxy.url}/v1/chat/completions`, { body: chat('new') });
    expect(refused.status).toBe(503);
    expect(errorOf(refused)).toMatchObject({ type: 'server_error', code: 'shutting_down' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    expect((await send(`${proxy.url}/health/live`, { method: 'GET' })).status).toBe(200);
    expect(await text).toBe('1\n2\n3\n4\n5');
    expect(await exit(proxy)).toBe(0);
  },
);

test('without running requests it ends at once, whoever keeps connections open', async () => {
  await using proxy = await slowProxy();
  const idle = openSocket(proxy.url);
  idle.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await idle.until('"status"');
  process.kill(proxy.pid, 'SIGTERM');
  expect(await exit(proxy)).toBe(0);
  await idle.ended();
});

test('a second signal ends it on the spot', async () => {
  await using proxy = await slowProxy();
  const socket = openSocket(proxy.url);
  socket.write(postText('/v1/chat/completions', stream));
  await socket.until('"role":"assistant"');
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
  expect(said).not.toContain('[DONE]');
  expect(said.endsWith('0\r\n\r\n')).toBe(false);
  await expect.poll(async () => (await mock.requests())[0]?.aborted).toBe(true);
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
