import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { bodyPointer, closed, Judge, type Document } from '../setup/openapi-judge.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { MODEL, startBed, type Bed } from './bed.ts';
import { governedBed } from './governed-bed.ts';
import { startPair } from './redis-pair.ts';
import { startWorkers } from './workers-bed.ts';

interface Found {
  readonly answers: boolean;
  readonly why: string | null;
  readonly keys: readonly string[];
  readonly entries: readonly { readonly tier: string; readonly answers: boolean; readonly why: string | null }[];
}

const OPERATION = 'chat.completions';

async function find(url: string, body: object, more: object = {}): Promise<Found> {
  const response = await fetch(`${url}/api/admin/cache/find`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operation: OPERATION, body: JSON.stringify(body), ...more }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Found;
}

async function cacheOf(url: string): Promise<{ memory: Record<string, number>; models: Record<string, unknown>[] }> {
  return (await (await fetch(`${url}/api/admin/cache`)).json()) as Awaited<ReturnType<typeof cacheOf>>;
}

async function purge(bed: Bed, target: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${bed.url}/cache`, { method: 'DELETE', headers, body: JSON.stringify(target) });
  return response.json();
}

test('an entry is found by its request, in either shape, and purged; nothing goes upstream and nothing counts', async () => {
  await using bed = await startBed();
  const asked = chat(nonce());
  expect(await find(bed.url, asked)).toMatchObject({ answers: false, why: null, entries: [] });
  await bed.client().chat.completions.create(asked);
  await bed.client().chat.completions.create(asked);
  const before = await bed.stats();
  const found = await find(bed.url, { ...asked, stream: true });
  expect(found).toMatchObject({
    answers: true,
    model: MODEL,
    reads: true,
    writes: true,
    entries: [{ tier: 'memory', shape: 'body', status: 200, endpoint: `${MODEL}/a`, age_seconds: expect.any(Number) }],
  });
  expect(await find(bed.url, { ...asked, temperature: 0.5 })).toMatchObject({ answers: false, entries: [] });
  expect(await bed.requests()).toHaveLength(1);
  const { cache } = await bed.stats();
  expect(cache).toEqual(before.cache);
  const [key] = found.keys;
  expect(await purge(bed, { key })).toMatchObject({ deleted_entries: 1 });
  expect(await find(bed.url, asked)).toMatchObject({ answers: false, entries: [] });
});

test('what the cache did is shown by model', async () => {
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      other: { endpoints: [{ provider: 'openai', base_url: mock?.baseURL, api_key: 'k' }] },
    }),
  });
  const [one, two] = [chat(nonce()), chat(nonce())];
  for (const body of [one, one, one, two, { ...one, model: 'other' }]) await bed.client().chat.completions.create(body);
  await bed.client().chat.completions.create(one, { headers: { 'cache-control': 'no-cache' } });
  const view = await cacheOf(bed.url);
  expect(view).toMatchObject({
    memory: { entries: 3, evictions: 0 },
    redis: { configured: false, connected: false, refuses: null },
    ages: { looked: 3 },
    models: [
      { model: MODEL, hits: 2, misses: 2, bypassed: 1, hit_share: 0.5, entries: 2 },
      { model: 'other', hits: 0, misses: 1, hit_share: 0, entries: 1 },
    ],
  });
  const sizes = view.models.map(({ bytes }) => Number(bytes));
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(view.memory['bytes'] ?? 0);
  expect(view.memory['bytes']).toBeLessThan(view.memory['limit_bytes'] ?? 0);
});

test('what keeps an answer out of the cache is said', async () => {
  await using bed = await startBed({ moreModels: () => ({}), model: { cache: { enabled: false } } });
  expect((await find(bed.url, chat(nonce()))).why).toMatch(/The cache is off/);
  expect((await find(bed.url, { ...chat('x'), model: 'none' })).why).toMatch(/404 model_not_found/);
});

test('an entry on Redis is found by a replica that never had it in memory', async () => {
  await using pair = await startPair({ redis: sharedRedis() });
  const asked = chat(nonce());
  await pair.first.client().chat.completions.create(asked);
  await expect
    .poll(async () => (await find(pair.second.url, asked)).entries.map(({ tier, answers }) => `${tier} ${answers}`))
    .toEqual(['redis true']);
  const found = await find(pair.first.url, asked);
  expect(found.entries.map(({ tier }) => tier)).toEqual(['memory', 'redis']);
  expect((await cacheOf(pair.second.url)).memory).toMatchObject({ entries: 0 });
  expect(await cacheOf(pair.second.url)).toMatchObject({ redis: { configured: true, connected: true } });
});

test('an entry in the memory of any worker is found, whichever is asked', async () => {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const endpoints = [{ provider: 'openai', base_url: mock.baseURL, api_key: 'sk-workers' }];
  const bed = await startWorkers({ server: { workers: 3 }, models: { [MODEL]: { endpoints } } });
  const asked = chat(nonce());
  await bed.post('/v1/chat/completions', asked);
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await find(bed.url, asked)).toMatchObject({ answers: true, entries: [{ tier: 'memory' }] });
    expect(await cacheOf(bed.url)).toMatchObject({
      memory: { entries: 1 },
      models: [{ model: MODEL, misses: 1, entries: 1 }],
    });
  }
}, 120_000);

test('with virtual keys an entry is found for those who may see it', async () => {
  const { bed, callers } = await governedBed();
  await using _ = bed;
  const asked = chat(nonce());
  await bed.client({ apiKey: callers.ada }).chat.completions.create(asked);
  expect(await find(bed.url, asked, { key: callers.ada })).toMatchObject({ answers: true });
  expect(await find(bed.url, asked, { key: callers.adaToo })).toMatchObject({ answers: true });
  expect(await find(bed.url, asked, { key: callers.bob })).toMatchObject({ answers: false, entries: [] });
  expect(await find(bed.url, asked)).toMatchObject({ answers: false, entries: [] });
  expect((await find(bed.url, asked, { key: `${callers.ada}x` })).why).toMatch(
    /refused with 403 virtual_key_not_found/,
  );
  expect(bed.log()).not.toContain(callers.ada);
});

test('answers are as /openapi.json says', async () => {
  await using bed = await startBed();
  const asked = chat(nonce());
  await bed.client().chat.completions.create(asked);
  const document = (await (await fetch(`${bed.url}/openapi.json`)).json()) as Document;
  const judge = new Judge(closed(document), []);
  expect(judge.fault(bodyPointer('/api/admin/cache', 'get', 200), await cacheOf(bed.url))).toBeUndefined();
  const pointer = bodyPointer('/api/admin/cache/find', 'post', 200);
  for (const body of [asked, chat(nonce()), { model: 'none', messages: [] }])
    expect(judge.fault(pointer, await find(bed.url, body))).toBeUndefined();
});
