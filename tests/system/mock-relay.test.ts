import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startProxy } from '../setup/services.ts';
import { type Bed, MODEL, startBed } from './bed.ts';

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> & {
    readonly error?: { readonly code?: string; readonly message?: string };
  };
}

async function call(url: string, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const response = await fetch(`${url}/api/admin/mocks${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

const KEY = 'sk-of-an-endpoint';
const AS_MOCK = [{ provider: 'mock', api_key: 'none' }];
const nameOf = ({ mock }: Bed): string => new URL(mock.url).host;

test('a connected mock is listed, its journal is read, a fault is played and taken away', async () => {
  await using bed = await startBed({ endpoints: [{ provider: 'mock', api_key: KEY }] });
  const { url, mock } = bed;
  const name = nameOf(bed);
  expect((await call(url, 'GET', '')).json).toEqual({
    mocks: [{ name, bundled: false, address: mock.url, endpoints: [`${MODEL}/a`] }],
  });
  const ask = () => bed.client().chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] });
  await ask();
  expect((await call(url, 'GET', `/${name}/journal?last=1&stranger=1`)).json['entries']).toMatchObject([
    { model: MODEL },
  ]);
  expect(JSON.stringify((await bed.requests())[0]?.headers)).toContain(KEY);
  expect(JSON.stringify(await call(url, 'GET', `/${name}/journal`))).not.toContain(KEY);
  expect(await call(url, 'POST', `/${name}/faults`, { fault: 'bad-request' })).toEqual({
    status: 200,
    json: { rules: 1 },
  });
  await expect(
    bed.client().chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'other' }] }),
  ).rejects.toMatchObject({ status: 400 });
  expect(await call(url, 'DELETE', `/${name}/faults?id=1`)).toEqual({ status: 200, json: { rules: 0 } });
  expect(await call(url, 'POST', `/${name}/faults`, { fault: 'no-such-fault' })).toMatchObject({
    status: 400,
    json: { error: { message: expect.stringContaining('no-such-fault') as unknown } },
  });
  const changes = bed
    .log()
    .split('\n')
    .filter((line) => line.includes('an operator has changed a mock'));
  expect(changes.map((line) => (JSON.parse(line) as { change: string }).change)).toEqual([
    'POST faults',
    'DELETE faults',
  ]);
});

test('only mocks of the configuration, only known routes, only with the right to operate the proxy', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: AS_MOCK, config: { auth: { admin_token: 'the-token' } } });
  const { url, mocks } = bed;
  const name = nameOf(bed);
  const headers = { authorization: 'Bearer the-token' };
  expect(await call(url, 'GET', `/${name}/journal`)).toMatchObject({ status: 401 });
  expect(await call(url, 'GET', `/${name}/journal`, undefined, headers)).toMatchObject({ status: 200 });
  // The second mock stands behind an endpoint of another provider: it is none.
  const other = new URL(mocks[1]?.url ?? '').host;
  for (const [method, path] of [
    ['GET', `/${other}/journal`],
    ['POST', `/${name}/stop`],
    ['GET', `/${name}/tenants`],
    ['PATCH', `/${name}/journal`],
    ['GET', `/${name}%2F..%2F/journal`],
    ['GET', `/${name}/..%2F..%2Fv1%2Fmodels`],
  ] as const) {
    expect(await call(url, method, path, undefined, headers), path).toMatchObject({
      status: expect.toBeOneOf([400, 404]) as unknown,
    });
  }
  const large = JSON.stringify({ answer: 'x'.repeat(300_000) });
  expect(await call(url, 'POST', `/${name}/answers`, large, headers)).toMatchObject({
    status: 413,
    json: { error: { message: 'The body exceeds 256 KiB.' } },
  });
  expect((await bed.mocks[1]?.requests()) ?? []).toEqual([]);
});

test('a mock with a control token is steered with control_token, which is shown nowhere', async () => {
  const token = 'control-token-of-this-test';
  await using without = await startBed({ mock: { controlToken: token }, endpoints: AS_MOCK });
  expect(await call(without.url, 'GET', `/${nameOf(without)}/clock`)).toMatchObject({ status: 403 });
  await using bed = await startBed({
    mock: { controlToken: token },
    endpoints: [{ ...AS_MOCK[0], control_token: token }],
  });
  const listed = await call(bed.url, 'GET', '');
  expect(JSON.stringify(listed)).not.toContain(token);
  expect(await call(bed.url, 'GET', `/${nameOf(bed)}/clock`)).toMatchObject({ status: 200, json: { kind: 'real' } });
});

test('a mock that is away is said to be', async () => {
  const gone = await startMock();
  await gone.close();
  await using bed = await startBed({
    moreModels: () => ({ other: { endpoints: [{ provider: 'mock', base_url: gone.baseURL }] } }),
  });
  expect(await call(bed.url, 'GET', `/${new URL(gone.url).host}/clock`)).toMatchObject({
    status: 502,
    json: { error: { code: 'upstream_failed', message: expect.stringContaining('cannot be asked') as unknown } },
  });
});

test('every worker steers the bundled mocks, which belong to the primary process', async () => {
  const proxy = await startProxy({
    config: { server: { workers: 2 }, models: { m: { endpoints: [{ provider: 'mock', name: 'shared' }] } } },
    patienceMs: 60_000,
  });
  onTestFinished(() => proxy.stop().then(() => undefined));
  await call(proxy.url, 'POST', '/shared/answers', { answer: 'from the relay' });
  const seen = await Promise.all(
    Array.from({ length: 8 }, () => call(proxy.url, 'GET', '/shared/answers', undefined, { connection: 'close' })),
  );
  expect(seen.map(({ json }) => json['rules'])).toEqual(Array.from({ length: 8 }, () => 1));
});
