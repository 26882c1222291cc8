import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { withRealSockets } from '../tests/setup/mock-bed.ts';
import { connectMock, startMock } from './index.ts';
import { controlRefusal } from './server/control-guard.ts';

withRealSockets();

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request with headers that `fetch` does not let a program choose. */
function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject).end();
  });
}

const ON_LOOPBACK = [
  [{}, true],
  [{ host: 'localhost:80' }, true],
  [{ host: '[::1]:80' }, true],
  [{ host: 'mock.localhost' }, true],
  [{ host: '127.0.0.1:1', origin: 'http://localhost:5173' }, true],
  [{ host: 'evil.example:80' }, false],
  [{ host: '127.0.0.1.evil.example' }, false],
  [{ host: '127.0.0.1:1', origin: 'https://evil.example' }, false],
  [{ host: '127.0.0.1:1', origin: 'null' }, false],
] as const;

test.each(ON_LOOPBACK)('on the loopback a request with %j may use the control API: %s', async (headers, allowed) => {
  await using mock = await startMock();
  const { status } = await ask(`${mock.url}/__mock/journal`, headers);
  expect(status).toBe(allowed ? 200 : 403);
  expect((await ask(`${mock.url}/v1/models`, headers)).status).toBe(200);
});

test('a foreign request is refused before its body is read, and brings no tenant into being', async () => {
  await using mock = await startMock();
  const { status, text } = await ask(`${mock.url}/t/new/__mock/reset`, { host: 'evil.example' }, 'POST');
  expect([status, (JSON.parse(text) as { error: { message: string } }).error.message]).toEqual([
    403,
    'the control API is not for the host evil.example: use localhost, 127.0.0.1 or --control-token',
  ]);
  expect((await ask(`${mock.url}/__mock/tenants`)).text).toBe('{"tenants":[]}');
});

test('beyond the loopback the control API alone is closed, but for the handle that started the mock', async () => {
  const mock = await startMock({ host: '0.0.0.0' });
  onTestFinished(() => mock.close());
  const url = `http://127.0.0.1:${mock.port}`;
  const refused = await ask(`${url}/__mock/journal`);
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('--control-token')]);
  expect((await ask(`${url}/v1/models`, { host: 'mock:4010' })).status).toBe(200);
  expect(await mock.requests()).toHaveLength(1);
  await mock.tenant('a').reset();
});

test('the right token opens the control API under any name, a wrong one under none', async () => {
  await using mock = await startMock({ host: '0.0.0.0', controlToken: 'secret' });
  const url = `http://127.0.0.1:${mock.port}`;
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await ask(`${url}/__mock/journal`, headers)).status;
  const authorization = 'Bearer secret';
  expect([
    await status({ host: 'mock:4010', authorization }),
    await status({ host: 'mock:4010', authorization, origin: 'https://tests.example' }),
    await status({ authorization: 'Bearer secret2' }),
    await status({}),
  ]).toEqual([200, 200, 403, 403]);
  expect(await connectMock(url, { controlToken: 'secret' }).requests()).toEqual([]);
  await expect(connectMock(url).requests()).rejects.toThrow('--control-token');
});

test('a child process that listens beyond the loopback is controlled by its handle', async () => {
  await using mock = await startMock({ host: '0.0.0.0', process: 'child' });
  await mock.answer({ reply: 'hi' });
  expect(await mock.requests()).toEqual([]);
});

test.each([
  ['127.0.0.1', { host: 'a:1' }],
  ['192.168.0.5', { host: '192.168.0.5' }],
  ['::', { host: '[::1]:80' }],
])('listening on %s without a token, %j is refused', (listening, headers) => {
  expect(controlRefusal(headers, listening, undefined)).toMatch(/^the control API is/);
});

test('a page is answered as the provider answers it: preflights, and any origin', async () => {
  await using mock = await startMock();
  const origin = 'http://localhost:5173';
  const asked = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,x-stainless-os',
  };
  const preflight = await ask(`${mock.baseURL}/chat/completions`, asked, 'OPTIONS');
  expect(preflight).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
      'access-control-allow-methods': expect.stringContaining('POST') as string,
    },
  });
  const answers = [
    await ask(`${mock.baseURL}/models`, { origin }),
    await ask(`${mock.baseURL}/nothing`, { origin }),
    await ask(`${mock.baseURL}/models`, { origin, 'x-mock-fault': 'status-503' }),
    await ask(`${mock.baseURL}/models`, { origin, 'x-mock-fault': 'slow-headers;ms=1' }),
    await ask(`${mock.baseURL}/models`),
  ];
  expect(answers.map(({ headers }) => headers['access-control-allow-origin'])).toEqual(['*', '*', '*', '*', undefined]);
  // A preflight is no request of the application.
  expect(await mock.requests()).toHaveLength(answers.length);
});

test('a page of this machine may use the control API, another may not even ask', async () => {
  await using mock = await startMock();
  const asked = (origin: string): Promise<Answer> =>
    ask(`${mock.url}/__mock/reset`, { origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
  expect((await asked('http://localhost:5173')).headers['access-control-allow-origin']).toBe('http://localhost:5173');
  expect(await asked('https://evil.example')).toMatchObject({ status: 403 });
  const { headers } = await ask(`${mock.url}/__mock/health`, { origin: 'http://localhost:5173' });
  expect(headers['access-control-allow-origin']).toBe('http://localhost:5173');
});
