import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { closed, bodyPointer, Judge, type Document } from '../setup/openapi-judge.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { endpointName, MODEL, startBed, type Bed } from './bed.ts';
import { startPair } from './redis-pair.ts';
import { startWorkers } from './workers-bed.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function post(bed: Bed, action: 'eject' | 'admit', body: object): Promise<Answer> {
  const response = await fetch(`${bed.url}/api/admin/endpoints/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function shown(bed: Bed): Promise<readonly Record<string, unknown>[]> {
  const { models } = (await (await fetch(`${bed.url}/api/admin/models`)).json()) as {
    models: { name: string; endpoints: Record<string, unknown>[] }[];
  };
  return models.find(({ name }) => name === MODEL)?.endpoints ?? [];
}

/** Sends so many requests; returns how many more each mock has seen. */
async function served(bed: Bed, count: number, { mocks } = bed): Promise<number[]> {
  const before = await Promise.all(mocks.map(async (mock) => (await mock.requests()).length));
  for (let turn = 0; turn < count; turn += 1) await bed.client().chat.completions.create(chat(nonce()));
  const after = await Promise.all(mocks.map(async (mock) => (await mock.requests()).length));
  return after.map((seen, index) => seen - (before[index] ?? 0));
}

const a = `${MODEL}/${endpointName(0)}`;
const b = `${MODEL}/${endpointName(1)}`;

test('an endpoint that is ejected by hand gets no request until it is admitted, and is shown as such', async () => {
  await using bed = await startBed({ mocks: 2, endpoints: [{}, { weight: 3 }] });
  expect(await served(bed, 4)).toEqual([1, 3]);
  const { status, body } = await post(bed, 'eject', { endpoint: b });
  expect([status, body]).toMatchObject([200, { endpoint: b, model: MODEL, state: 'ejected', by: 'administrator' }]);
  expect(Date.parse(String(body['until'])) - Date.parse(String(body['at']))).toBe(600_000);
  expect(await served(bed, 6)).toEqual([6, 0]);
  const ejection = { at: body['at'], until: body['until'], by: 'administrator' };
  expect(await shown(bed)).toMatchObject([
    { id: a, state: 'admitting', wanted_share: 1, recent_requests: 7, recent_share: 0.7, total_share: 0.7 },
    { id: b, state: 'ejected', wanted_share: 0, ejected_until: body['until'], ejected_by_hand: ejection },
  ]);
  expect((await bed.stats()).endpoints[1]).toMatchObject({ state: 'ejected', ejected_by_hand: ejection });
  expect((await post(bed, 'admit', { endpoint: b })).body).toMatchObject({ state: 'admitting', until: null });
  expect(await served(bed, 4)).toEqual([1, 3]);
  expect(bed.log()).toContain('endpoint health changed');
  expect((await shown(bed))[1]).not.toHaveProperty('ejected_by_hand');
});

test('it ends when its time is over', async () => {
  await using bed = await startBed({ mocks: 2 });
  await post(bed, 'eject', { endpoint: b, seconds: 1 });
  expect(await served(bed, 1)).toEqual([1, 0]);
  await expect.poll(async () => (await shown(bed))[1]?.['state'], { timeout: 5_000 }).toBe('admitting');
  expect((await served(bed, 4))[1]).toBeGreaterThan(0);
});

test('health checks neither ask it nor end it', async () => {
  const health_check = { interval: '1s', endpoints: 'all' };
  await using bed = await startBed({ mocks: 2, model: { health_check } });
  await post(bed, 'eject', { endpoint: b });
  await bed.mocks[1]?.reset();
  await expect.poll(async () => (await bed.mock.requests()).length, { timeout: 15_000 }).toBeGreaterThan(2);
  expect(await bed.mocks[1]?.requests()).toEqual([]);
  expect((await shown(bed))[1]).toMatchObject({ state: 'ejected' });
});

test('the last endpoint of a model needs force; its requests then fail at once, until it is admitted', async () => {
  await using bed = await startBed({ mocks: 2 });
  await post(bed, 'eject', { endpoint: b, seconds: 3_600 });
  expect(await post(bed, 'eject', { endpoint: a })).toMatchObject({
    status: 409,
    body: { error: { code: 'last_endpoint' } },
  });
  expect(await served(bed, 1)).toEqual([1, 0]);
  expect((await post(bed, 'eject', { endpoint: a, seconds: 60, force: true })).status).toBe(200);
  const refused = await bed
    .client()
    .chat.completions.create(chat(nonce()))
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ status: 503, code: 'no_endpoint_available' });
  expect(Number((refused as { headers: Headers }).headers.get('retry-after'))).toBeLessThanOrEqual(60);
  await post(bed, 'admit', { endpoint: a });
  expect(await served(bed, 2)).toEqual([2, 0]);
});

test('a reload of the configuration keeps it', async () => {
  await using bed = await startBed({ mocks: 2 });
  await post(bed, 'eject', { endpoint: b });
  await bed.app.reload();
  expect(await served(bed, 4)).toEqual([4, 0]);
});

test('replicas over Redis follow, one that starts later too', async () => {
  const redis = sharedRedis();
  await using pair = await startPair({ redis }, {});
  const { first, second } = pair;
  await post(first, 'eject', { endpoint: b });
  const isOut = (bed: Bed) => async () => (await shown(bed))[1]?.['ejected_by_hand'] !== undefined;
  await expect.poll(isOut(second)).toBe(true);
  expect(await served(second, 4, first)).toEqual([4, 0]);
  const endpoints = first.mocks.map(({ baseURL }) => ({ base_url: baseURL }));
  await using late = await startBed({ mocks: 2, config: { redis }, endpoints });
  await expect.poll(isOut(late)).toBe(true);
  await post(second, 'admit', { endpoint: b });
  for (const bed of [first, late]) await expect.poll(isOut(bed)).toBe(false);
  expect((await served(first, 4))[1]).toBeGreaterThan(0);
});

test('where there is an audit log it has who did what', async () => {
  await using bed = await startBed({ mocks: 2, config: { database: { url: ':memory:' }, auth: { admin: 'open' } } });
  const { body } = await post(bed, 'eject', { endpoint: b, seconds: 5 });
  await post(bed, 'admit', { endpoint: b });
  const answer = await fetch(`${bed.url}/api/governance/audit?entity=endpoint`);
  const row = { actor: 'administrator', entity: 'endpoint', entity_id: b };
  expect(await answer.json()).toMatchObject({
    count: 2,
    audit_logs: [
      { ...row, action: 'admit', changes: ['state'] },
      { ...row, action: 'eject', changes: ['state', 'until'] },
    ],
  });
  expect(body['state']).toBe('ejected');
});

test('answers are as /openapi.json says', async () => {
  await using bed = await startBed({ mocks: 2 });
  await bed.client().chat.completions.create(chat(nonce()));
  const document = (await (await fetch(`${bed.url}/openapi.json`)).json()) as Document;
  const judge = new Judge(closed(document), []);
  const faultOf = (path: string, method: string, { status, body }: Answer): unknown =>
    judge.fault(bodyPointer(path, method, status), body);
  for (const [action, sent] of [
    ['eject', { endpoint: b }],
    ['eject', { endpoint: a }],
    ['eject', { endpoint: 'none' }],
    ['eject', { endpoint: 5 }],
    ['admit', { endpoint: a }],
  ] as const) {
    const answer = await post(bed, action, sent);
    expect(faultOf(`/api/admin/endpoints/${action}`, 'post', answer), JSON.stringify(answer)).toBeUndefined();
  }
  const response = await fetch(`${bed.url}/api/admin/models`);
  const models = { status: response.status, body: (await response.json()) as Answer['body'] };
  expect(faultOf('/api/admin/models', 'get', models)).toBeUndefined();
});

test('all workers follow, whichever is asked', async () => {
  const mocks = [await startMock(), await startMock()];
  onTestFinished(async () => void (await Promise.all(mocks.map((mock) => mock.close()))));
  const endpoints = mocks.map(({ baseURL }, index) => ({
    provider: 'openai',
    name: endpointName(index),
    base_url: baseURL,
    api_key: 'sk-workers',
  }));
  const bed = await startWorkers({
    server: { workers: 3 },
    log: { format: 'json' },
    models: { [MODEL]: { endpoints } },
  });
  const state = async (): Promise<unknown> =>
    ((await bed.get('/stats'))['endpoints'] as Record<string, { state: string }[]>)[MODEL]?.[1]?.state;
  const all = () => Promise.all(Array.from({ length: 12 }, () => bed.post('/v1/chat/completions', chat(nonce()))));
  await bed.post('/api/admin/endpoints/eject', { endpoint: b });
  // One line of the log a process, the one that was asked first; the others say nothing.
  await expect.poll(() => bed.said('endpoint health changed').length).toBe(1);
  const asked = (): Promise<number[]> => Promise.all(mocks.map(async (mock) => (await mock.requests()).length));
  // Requests reach all workers in turn; those of before the news have ended when it is everywhere.
  await expect
    .poll(async () => {
      const [, before] = await asked();
      await all();
      return (await asked())[1] === before;
    })
    .toBe(true);
  const [, before] = await asked();
  for (let turn = 0; turn < 3; turn += 1) await all();
  expect((await asked())[1]).toBe(before);
  expect(await state()).toBe('ejected');
  await bed.post('/api/admin/endpoints/admit', { endpoint: b });
  await expect.poll(state).toBe('admitting');
  await expect
    .poll(async () => {
      await all();
      return (await asked())[1];
    })
    .toBeGreaterThan(before ?? 0);
}, 120_000);
