import { expect, onTestFinished, test } from 'vitest';
import type { App } from '../../proxy/index.ts';
import { clientOf, startApp } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

const LIST =
  '{"object":"list","data":[{"id":"llama-3","object":"model","created":7,"owned_by":"meta"},{"id":"m"},{"no":"id"},5]}';

const listing: Answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(LIST);

function endpoint({ baseURL }: Upstream, name: string, more: object = {}): object {
  return { provider: 'openai', name, base_url: baseURL, api_key: `sk-${name}`, ...more };
}

function open(...endpoints: object[]): object {
  return { models: { '*': { endpoints }, m: { endpoints: [endpoints[0]] } } };
}

async function started(config: object, log?: (line: string) => void): Promise<App> {
  const app = await startApp(config, log);
  onTestFinished(() => app.close());
  return app;
}

async function listed(url: string, headers = {}): Promise<{ names: string[]; incomplete: unknown }> {
  const answer = await send(`${url}/v1/models`, { method: 'GET', headers });
  expect(answer.status).toBe(200);
  const { data } = jsonOf(answer) as { data?: { id: string }[] };
  return { names: (data ?? []).map(({ id }) => id), incomplete: answer.headers['x-llmproxy-incomplete'] };
}

test('a proxy with a * model lists what its endpoints list, asked once for many clients', async () => {
  await using upstream = await startUpstream(listing);
  const app = await started(open(endpoint(upstream, 'a')));
  const lists = await Promise.all([1, 2, 3].map(() => listed(app.url)));
  for (const list of lists) expect(list).toEqual({ names: ['m', 'auto', 'llama-3'], incomplete: undefined });
  await listed(app.url);
  expect(upstream.requests.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['GET', '/v1/models', 'Bearer sk-a'],
  ]);
  const models = (await clientOf(app.url).models.list()).data;
  expect(models.find(({ id }) => id === 'llama-3')).toMatchObject({ object: 'model', created: 7, owned_by: 'meta' });
});

test.each<[string, Answer, string]>([
  ['refuses', (response) => response.writeHead(500).end('{}'), 'status 500'],
  ['breaks off', (response) => response.destroy(), 'reason'],
  ['answers with no list', (response) => response.writeHead(200).end('<html>'), 'JSON'],
  ['answers with too much', (response) => response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024, 32)), 'more than'],
])(
  'an endpoint that %s leaves the rest of the list, a header with its name and one line in the log',
  async (_how, answer, reason) => {
    await using good = await startUpstream(listing);
    await using bad = await startUpstream(answer);
    const lines: string[] = [];
    const app = await started(open(endpoint(good, 'a'), endpoint(bad, 'b')), (line) => lines.push(line));
    for (let times = 0; times < 2; times += 1) {
      expect(await listed(app.url)).toEqual({ names: ['m', 'auto', 'llama-3'], incomplete: '*/b' });
    }
    expect(bad.requests).toHaveLength(1);
    expect(lines.filter((line) => line.includes('does not list its models'))).toEqual([
      expect.stringContaining('"endpoint":"*/b"'),
    ]);
    expect(lines.join('')).toContain(reason);
  },
);

test('where the credential of the caller is passed on, each caller has a list of its own', async () => {
  await using upstream = await startUpstream((response, { headers }) => {
    const id = String(headers.authorization).replace('Bearer ', 'model-of-');
    response.writeHead(200).end(JSON.stringify({ data: [{ id }] }));
  });
  const app = await started(open(endpoint(upstream, 'a', { api_key: 'forward' })));
  expect((await listed(app.url, { authorization: 'Bearer one' })).names).toEqual(['m', 'auto', 'model-of-one']);
  expect((await listed(app.url, { authorization: 'Bearer two' })).names).toEqual(['m', 'auto', 'model-of-two']);
});

test('an endpoint that serves every name as one model is not asked for a list', async () => {
  await using upstream = await startUpstream(listing);
  const app = await started(open(endpoint(upstream, 'a', { model: 'fixed' })));
  expect(await listed(app.url)).toEqual({ names: ['m', 'auto'], incomplete: undefined });
  expect(upstream.requests).toEqual([]);
});
