import getPort from 'get-port';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { chat, nonce } from './ask.ts';
import { clientOf, MODEL } from './bed.ts';
import { jsonOf, send } from './http.ts';

/** A proxy in this process whose model has endpoints at these addresses. */
async function start(port: number, ...addresses: string[]): Promise<App> {
  const endpoints = addresses.map((base_url, index) => ({
    provider: 'openai',
    name: `e${index}`,
    base_url,
    api_key: 'k',
  }));
  const config = {
    server: { port, drain_timeout: '200ms' },
    models: { [MODEL]: { endpoints } },
    passthrough: { model: MODEL },
  };
  return App.start({
    load: () => parseConfig(JSON.stringify(config), 'test.yaml', { environment: {} }),
    logSink: { write: () => {}, flush: () => {} },
  });
}

const address = (port: number): string => `http://127.0.0.1:${port}/v1`;
const freePort = (): Promise<number> => getPort({ host: '127.0.0.1' });

test('a proxy whose endpoint is the proxy itself answers 508 instead of calling itself without end', async () => {
  const port = await freePort();
  const app = await start(port, address(port));
  const failure = clientOf(app.url).chat.completions.create(chat(nonce()));
  await expect(failure).rejects.toMatchObject({ status: 508, code: 'loop_detected' });
  for (const path of ['/v1/files', '/v1/images/generations']) {
    const body = JSON.stringify({ model: MODEL, prompt: 'x' });
    const answer = await send(`${app.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(jsonOf(answer)).toMatchObject({ error: { code: 'loop_detected' } });
  }
  await app.close();
});

test('two proxies that point at each other are a loop, two in a row are not', async () => {
  await using mock = await startMock();
  const [first, second] = [await freePort(), await freePort()];
  const back = await start(second, address(first));
  const app = await start(first, address(second));
  await expect(clientOf(app.url).chat.completions.create(chat(nonce()))).rejects.toMatchObject({ status: 508 });
  await app.close();
  const inner = await start(first, mock.baseURL);
  const answer = await clientOf(back.url).chat.completions.create(chat(nonce()));
  expect(answer.choices).toHaveLength(1);
  const [entry] = await mock.requests();
  expect(JSON.stringify(entry?.headers['x-llmproxy-instance'])).toMatch(/^"[0-9a-f-]{36}, [0-9a-f-]{36}"$/);
  await Promise.all([back.close(), inner.close()]);
});

test('an endpoint that leads back is left for one that does not', async () => {
  await using mock = await startMock();
  const port = await freePort();
  const app = await start(port, address(port), mock.baseURL);
  for (let turn = 0; turn < 4; turn += 1) await clientOf(app.url).chat.completions.create(chat(nonce()));
  expect(await mock.requests()).not.toHaveLength(0);
  await app.close();
});
