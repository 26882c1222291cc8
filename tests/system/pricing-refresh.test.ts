import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';

import { startMock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { autoBed } from './auto-bed.ts';
import { ADMIN, callApi, GOVERNED, newVirtualKey } from './auto-calls.ts';

const TABLE = {
  'gpt-4o': { input: 1, output: 2 },
  'o3-mini': { input_cost_per_token: 2e-6, output_cost_per_token: 3e-6 },
};
/** Without prices in the configuration. */
const CATALOG = { 'gpt-4o': { quality: 90 }, 'o3-mini': { quality: 94 } };

interface PriceServer {
  readonly url: string;
  readonly paths: string[];
  answer: RequestListener;
}

async function priceServer(): Promise<PriceServer> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    made.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const made: PriceServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    answer: (_request, response) => response.end(JSON.stringify(TABLE)),
  };
  return made;
}

async function inputOf(url: string, model = 'gpt-4o'): Promise<unknown> {
  const { body } = await callApi(url, `GET /pricing/${model}`, { headers: ADMIN });
  const { input, source, stale } = body as Record<string, unknown>;
  return [input, source, stale];
}

const refresh = (url: string) => callApi(url, 'POST /pricing/refresh', { headers: ADMIN });

test('prices are fetched at the start, and stand between those of the file and those that come with the proxy', async () => {
  const server = await priceServer();
  const { url } = await autoBed({
    config: {
      catalog: { ...CATALOG, 'o3-mini': { price: { input: 7, output: 7 } } },
      pricing: { url: `${server.url}/p.json?v=1` },
    },
  });
  await expect.poll(() => inputOf(url)).toEqual([1, 'fetched', false]);
  expect(await inputOf(url, 'o3-mini')).toEqual([7, 'catalog', false]);
  expect(await inputOf(url, 'gpt-4o-mini')).toEqual([0.15, 'bundled', false]);
  expect(server.paths).toEqual(['/p.json?v=1']);
  const { updated_at } = (await callApi(url, 'GET /pricing')).body as { updated_at: string };
  expect(Date.now() - Date.parse(updated_at)).toBeLessThan(60_000);
});

test('an administrator refreshes them; whatever is wrong with the answer, the known ones stay', async () => {
  const server = await priceServer();
  const { url, log } = await autoBed({ config: { catalog: CATALOG, pricing: { url: server.url, refresh: 0 } } });
  expect([await inputOf(url), server.paths]).toEqual([[2.5, 'bundled', false], []]);
  const first = await refresh(url);
  expect([first.status, first.body]).toEqual([200, { status: 'success', models: 2 }]);
  const known = [1, 'fetched', false];
  expect([await inputOf(url), await inputOf(url, 'o3-mini')]).toEqual([known, [2, 'fetched', false]]);

  const faults: readonly (readonly [RequestListener, string])[] = [
    [(_request, response) => response.writeHead(500).end('secret words'), 'status 500'],
    [(_request, response) => response.writeHead(302, { location: `${server.url}/other` }).end(), 'redirect'],
    [(_request, response) => response.end(Buffer.alloc(9 * 1024 * 1024, ' ')), 'larger than 8388608 bytes'],
    [(_request, response) => response.end('<html>'), 'no JSON'],
    [(_request, response) => response.end('[]'), 'no JSON object'],
    [(_request, response) => response.end('{"gpt-4o":{"input":-1}}'), 'no valid price'],
    [(request) => request.socket.destroy(), 'cannot be read'],
  ];
  for (const [answer, reason] of faults) {
    server.answer = answer;
    const { status, body } = await refresh(url);
    expect([status, body]).toEqual([502, { detail: expect.stringContaining(reason) as unknown }]);
    expect(await inputOf(url)).toEqual(known);
  }
  expect(server.paths).toEqual(Array.from({ length: 1 + faults.length }, () => '/'));
  expect(log.join('')).toContain('prices could not be fetched');
  expect(log.join('')).not.toContain('secret words');

  server.answer = (_request, response) => response.end('{"gpt-4o":{"input":5,"output":6},"o3":{"inptu":1}}');
  expect((await refresh(url)).body).toEqual({ status: 'success', models: 1 });
  expect(await inputOf(url)).toEqual([5, 'fetched', false]);
  expect(log.join('')).toContain('invalid and left out');
});

test('without a source it is 409, for a virtual key 403', async () => {
  const { url } = await autoBed({ config: GOVERNED });
  const none = await refresh(url);
  expect([none.status, none.body]).toEqual([409, { detail: expect.stringContaining('pricing.url') as unknown }]);
  const headers = await newVirtualKey(url);
  expect((await callApi(url, 'POST /pricing/refresh', { headers })).status).toBe(403);
});

test('costs of requests follow the fetched prices', async () => {
  const server = await priceServer();
  const { url } = await autoBed({
    config: { ...GOVERNED, catalog: CATALOG, pricing: { url: server.url, refresh: 0 } },
  });
  const headers = await newVirtualKey(url);
  expect((await refresh(url)).status).toBe(200);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
  });
  const { usage } = (await answer.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  const cost = (usage.prompt_tokens + usage.completion_tokens * 2) / 1e6;
  await expect
    .poll(async () => {
      const { body } = await callApi(url, 'GET /routing/usage', { headers: ADMIN });
      return (body as { records: { cost_usd: number; price_source: string }[] }).records.map(
        ({ cost_usd, price_source }) => [cost_usd, price_source],
      );
    })
    .toEqual([[expect.closeTo(cost, 9), 'fetched']]);
});

test('a reload keeps them, another address replaces them, and none takes them away', async () => {
  const [first, second, mock] = [await priceServer(), await priceServer(), await startMock()];
  second.answer = (_request, response) => response.end('{"gpt-4o":{"input":9,"output":9}}');
  let pricing: object = { url: first.url };
  const load = () => {
    const models = { 'gpt-4o': { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'k' }] } };
    return parseConfig(JSON.stringify({ server: { port: 0 }, models, pricing }), 'test.yaml', { environment: {} });
  };
  const app = await App.start({ load, logSink: { write: () => undefined, flush: () => undefined } });
  onTestFinished(async () => {
    await app.close();
    await mock.close();
  });
  await expect.poll(() => inputOf(app.url)).toEqual([1, 'fetched', false]);
  await app.reload();
  expect([await inputOf(app.url), first.paths.length]).toEqual([[1, 'fetched', false], 1]);
  pricing = { url: second.url };
  await app.reload();
  await expect.poll(() => inputOf(app.url)).toEqual([9, 'fetched', false]);
  pricing = {};
  await app.reload();
  await expect.poll(() => inputOf(app.url)).toEqual([2.5, 'bundled', false]);
});
