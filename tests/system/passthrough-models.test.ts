import { expect, test } from 'vitest';
import { startApp, statsOf } from './bed.ts';
import { errorOf, send, type RawAnswer } from './http.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const everyByte = Buffer.from(Array.from({ length: 1_024 }, (_none, index) => index % 256));

function echo(): Promise<Upstream> {
  return startUpstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'),
  );
}

const endpoint = (name: string, { baseURL }: Upstream, more: object = {}): object => ({
  provider: 'openai',
  name,
  base_url: baseURL,
  api_key: `sk-endpoint-${name}`,
  ...more,
});

const form = (model: string, order: 'before' | 'after', extra = ''): Buffer => {
  const field = `--B\r\nContent-Disposition: form-data; ${extra}name="model"\r\n\r\n${model}\r\n`;
  const head = '--B\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
  const file = Buffer.concat([Buffer.from(head), everyByte, Buffer.from('\r\n')]);
  const parts = order === 'before' ? [Buffer.from(field), file] : [file, Buffer.from(field)];
  return Buffer.concat([...parts, Buffer.from('--B--\r\n')]);
};
const FORM = { 'content-type': 'multipart/form-data; boundary=B' };

test.each(['/v1/audio/transcriptions', '/v1/images/edits'])(
  'the model of a form at %s is renamed wherever it stands, and every other byte stays',
  async (path) => {
    await using first = await echo();
    await using upstream = await echo();
    const app = await startApp({
      models: {
        other: { endpoints: [endpoint('o', first)] },
        listen: { endpoints: [endpoint('a', upstream, { model: 'whisper-large-v3' })] },
      },
    });
    for (const order of ['before', 'after'] as const) {
      const answer = await send(app.url + path, { body: form('listen', order), headers: FORM });
      expect(answer.status).toBe(200);
      expect(upstream.requests.at(-1)?.body).toEqual(form('whisper-large-v3', order));
    }
    await app.close();
    expect(first.requests).toEqual([]);
  },
);

test('the model of a query is renamed', async () => {
  await using upstream = await echo();
  const app = await startApp({ models: { m: { endpoints: [endpoint('a', upstream, { model: 'x/y' })] } } });
  await send(`${app.url}/v1/audio/speech?a=%20&model=m&b`, { body: { input: 'x' } });
  await app.close();
  expect(upstream.requests[0]?.url).toBe('/v1/audio/speech?a=%20&model=x%2Fy&b');
});

test('session.model of a client secret and of a call is checked and renamed', async () => {
  await using upstream = await echo();
  const app = await startApp({ models: { talk: { endpoints: [endpoint('a', upstream, { model: 'gpt-realtime' })] } } });
  const secret = (model: string): Promise<RawAnswer> =>
    send(`${app.url}/v1/realtime/client_secrets`, { body: { session: { type: 'realtime', model } } });
  const call = (model: string): Promise<RawAnswer> =>
    send(`${app.url}/v1/realtime/calls`, {
      body: `--B\r\nContent-Disposition: form-data; name="session"\r\n\r\n{"model":"${model}"}\r\n--B--\r\n`,
      headers: FORM,
    });
  const statuses = [await secret('dear'), await call('dear'), await secret('talk'), await call('talk')].map(
    ({ status }) => status,
  );
  await app.close();
  expect(statuses).toEqual([404, 404, 200, 200]);
  expect(upstream.requests.map(({ body }) => body.toString())).toEqual([
    '{"session":{"type":"realtime","model":"gpt-realtime"}}',
    expect.stringContaining('{"model":"gpt-realtime"}'),
  ]);
});

const dear = { model: 'dear', messages: [], max_tokens: 1, prompt: 'x', input: 'x' };

test.each([
  ['images', '/v1/images/generations', dear, {}],
  ['speech', '/v1/audio/speech', dear, {}],
  ['messages', '/v1/messages', dear, {}],
  ['rerank', '/v1/rerank', dear, {}],
  ['videos', '/v1/videos', dear, {}],
  ['assistants', '/v1/assistants', dear, {}],
  ['a path of no family', '/v1/engines/run', dear, {}],
  ['a path below chat completions', '/v1/chat/completions/x', dear, {}],
  ['JSON that is called text', '/v1/images/generations', dear, { 'content-type': 'text/plain' }],
  ['an escaped name', '/v1/images/generations', '{"m\\u006fdel":"dear"}', {}],
  ['a form', '/v1/audio/transcriptions', form('dear', 'after'), FORM],
  ['a form with an odd field', '/v1/audio/transcriptions', form('dear', 'after', 'filename="a\\";'), FORM],
  ['a query', '/v1/audio/speech?model=dear', { input: 'x' }, {}],
  ['a query of a route that keeps things', '/v1/files?model=dear', '', {}],
])('a model that is not configured is not reachable by way of %s', async (_what, path, body, headers) => {
  await using upstream = await echo();
  const app = await startApp({ models: { cheap: { endpoints: [endpoint('a', upstream)] } } });
  const answer = await send(app.url + path, { body, headers });
  await app.close();
  expect(answer.status).toBe(404);
  expect(errorOf(answer)).toMatchObject({ code: 'model_not_found' });
  expect(upstream.requests).toEqual([]);
});

test.each([
  ['two members', '/v1/images/generations', '{"model":"cheap","model":"dear"}', {}, 'invalid_value'],
  ['body and query', '/v1/images/generations?model=dear', { model: 'cheap' }, {}, 'invalid_value'],
  ['a list', '/v1/images/generations', { model: ['dear'] }, {}, 'invalid_type'],
  ['two objects', '/v1/images/generations', '{"model":"cheap"}{"model":"dear"}', {}, 'invalid_json'],
  [
    'a form of urlencoded pairs',
    '/v1/audio/speech',
    'model=dear',
    { 'content-type': 'application/x-www-form-urlencoded' },
    'invalid_json',
  ],
  ['a name in pieces', '/v1/audio/translations', form('dear', 'after', 'name*0=mo; '), FORM, 'invalid_value'],
])(
  'a request that readers could take for one of another model is refused: %s',
  async (_what, path, body, headers, code) => {
    await using upstream = await echo();
    const app = await startApp({ models: { cheap: { endpoints: [endpoint('a', upstream)] } } });
    const answer = await send(app.url + path, { body, headers });
    await app.close();
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code });
    expect(upstream.requests).toEqual([]);
  },
);

test('the model `*` takes every other name, unchanged', async () => {
  await using one = await echo();
  await using any = await echo();
  const app = await startApp({
    models: { m: { endpoints: [endpoint('a', one)] }, '*': { endpoints: [endpoint('b', any)] } },
  });
  await send(`${app.url}/v1/images/generations`, { body: { model: 'gpt-image-1', prompt: 'x' } });
  await send(`${app.url}/v1/moderations`, { body: { input: 'x' } });
  await app.close();
  expect(any.requests.map(({ body }) => body.toString())).toEqual(['{"model":"gpt-image-1","prompt":"x"}']);
  expect(one.requests.map(({ url }) => url)).toEqual(['/v1/moderations']);
});

test('a body that is nested deep passes as it is, and no lease is left', async () => {
  await using upstream = await echo();
  const app = await startApp({ models: { img: { endpoints: [endpoint('a', upstream, { model: 'gpt-image-1' })] } } });
  const deep = (model: string): string => `{"model":"${model}","deep":${'['.repeat(80)}${']'.repeat(80)}}`;
  const statuses = [
    await send(`${app.url}/v1/images/generations`, { body: deep('img') }),
    await send(`${app.url}/v1/images/generations`, { body: `${deep('img')}]` }),
  ].map(({ status }) => status);
  const stats = await statsOf(app.url);
  await app.close();
  expect(statuses).toEqual([200, 400]);
  expect(upstream.requests.map(({ body }) => body.toString())).toEqual([deep('gpt-image-1')]);
  expect(stats.endpoints[0]).toMatchObject({ in_flight: 0, state: 'admitting' });
});

test('only the families of passthrough.allow are passed through', async () => {
  await using upstream = await echo();
  const models = { m: { endpoints: [endpoint('a', upstream)] } };
  const usual = await startApp({ models });
  const strict = await startApp({ models, passthrough: { allow: ['images'] } });
  const get = async (url: string): Promise<RawAnswer> => send(url, { method: 'GET' });
  const admin = await get(`${usual.url}/v1/organization/admin_api_keys`);
  const project = await get(`${usual.url}/projects/p`);
  const files = await get(`${usual.url}/v1/files`);
  const barred = await get(`${strict.url}/v1/files`);
  const images = await send(`${strict.url}/v1/images/generations`, { body: { model: 'm', prompt: 'x' } });
  await Promise.all([usual.close(), strict.close()]);
  expect([admin, project, files, barred, images].map(({ status }) => status)).toEqual([403, 403, 200, 403, 200]);
  for (const answer of [admin, project, barred]) expect(errorOf(answer)).toMatchObject({ code: 'route_not_allowed' });
  expect(upstream.requests.map(({ url }) => url)).toEqual(['/v1/files', '/v1/images/generations']);
});
