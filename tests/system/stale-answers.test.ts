import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, collect, nonce, sharedRedis, type ChatRequest } from './ask.ts';
import { clientOf, MODEL, startApp, startBed, type Bed } from './bed.ts';
import { startGoverned, requestLimit } from './governed.ts';

/** What the cache said, and the id of the answer. */
async function ask(
  { client }: Pick<Bed, 'client'>,
  request: ChatRequest & { cache?: object },
  control?: string,
): Promise<{ cache: string | null; id: string; headers: Headers }> {
  const headers = control === undefined ? {} : { 'cache-control': control };
  const { data, response } = await client().chat.completions.create(request, { headers }).withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), id: data.id, headers: response.headers };
}

/** Stores an answer that has ended a moment later. */
async function stored(bed: Bed, request: ChatRequest): Promise<string> {
  return (await ask(bed, { ...request, cache: { ttl: 0.001 } })).id;
}

test('cache.swr serves an expired answer while one call renews it, however many ask', async () => {
  await using bed = await startBed({ config: { cache: { swr: '1h' } } });
  const request = chat(nonce());
  const old = await stored(bed, request);
  await bed.mock.fault({ fault: 'delay;ms=300', times: 1 });
  const asked = await Promise.all(Array.from({ length: 20 }, () => ask(bed, request)));
  expect(new Set(asked.map(({ cache, id }) => `${cache} ${id}`))).toEqual(new Set([`stale ${old}`]));
  expect(asked[0]?.headers.get('cache-status')).toMatch(/^llmproxy; hit; ttl=-?\d+$/);
  await expect.poll(async () => (await ask(bed, request)).cache).toBe('hit');
  expect((await ask(bed, request)).id).not.toBe(old);
  expect(await bed.requests()).toHaveLength(2);
});

test('a stream is served and renewed as well', async () => {
  await using bed = await startBed({ config: { cache: { swr: '1h' } } });
  const request = chat(nonce());
  const old = await stored(bed, request);
  const { data, response } = await bed
    .client()
    .chat.completions.create({ ...request, stream: true })
    .withResponse();
  const chunks = await collect(data);
  expect([response.headers.get('x-llmproxy-cache'), chunks[0]?.id]).toEqual(['stale', old]);
  await expect.poll(async () => (await ask(bed, request)).cache).toBe('hit');
  expect((await bed.requests()).map(({ body }) => (body as { stream?: boolean }).stream ?? false)).toEqual([
    false,
    true,
  ]);
});

test('what a model says of swr holds for it alone', async () => {
  await using bed = await startBed({ model: { cache: { swr: '1h', stale: 0 } }, config: { cache: { stale: 0 } } });
  const request = chat(nonce());
  const old = await stored(bed, request);
  expect(await ask(bed, request)).toMatchObject({ cache: 'stale', id: old });
});

test('requests ask for a stale answer by stale-while-revalidate, within cache.stale', async () => {
  await using bed = await startBed();
  const request = chat(nonce());
  const old = await stored(bed, request);
  expect(await ask(bed, request, 'stale-while-revalidate=60')).toMatchObject({ cache: 'stale', id: old });
  await expect.poll(async () => (await ask(bed, request)).cache).toBe('hit');
});

test('a replica serves what has expired on Redis, and what it renews there all replicas have', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis(), cache: { swr: '1h' } };
  await using first = await startBed({ config });
  const endpoint = { provider: 'openai', base_url: first.mock.baseURL, api_key: 'k' };
  const app = await startApp({ ...config, models: { [MODEL]: { endpoints: [endpoint] } } });
  onTestFinished(() => app.close());
  const second = { client: () => clientOf(app.url) };
  const request = chat(nonce());
  const old = await stored(first, request);
  await expect.poll(async () => (await ask(second, request, 'only-if-cached').catch(() => undefined))?.id).toBe(old);
  expect(await ask(second, request)).toMatchObject({ cache: 'stale', id: old });
  await expect.poll(async () => (await ask(second, request)).cache).toBe('hit');
  const { id } = await ask(second, request);
  expect(id).not.toBe(old);
  await expect.poll(async () => (await ask(first, request)).id).toBe(id);
  expect(await first.requests()).toHaveLength(2);
});

test('the key whose request starts a renewal pays for it once; one that is refused starts none', async () => {
  const bed = await startGoverned({ config: { cache: { swr: '1h', scope: 'shared' } } });
  onTestFinished(() => bed.close());
  const messages = [{ role: 'user', content: nonce() }];
  const [maker, reader] = [await bed.make('virtual-keys'), await bed.make('virtual-keys', requestLimit(1))];
  const valueOf = (key: typeof maker): string => String(key['value']);
  await bed.chat(valueOf(maker), { messages, cache: { ttl: 0.001 } });
  const stale = await bed.chat(valueOf(reader), { messages, cache: { ttl: 0.001 } });
  expect([stale.status, stale.headers['x-llmproxy-cache']]).toEqual([200, 'stale']);
  await expect.poll(() => bed.upstreamCalls()).toBe(2);
  const rows = async (): Promise<unknown> =>
    ((await bed.api('GET', '/usage?group_by=key')).json['rows'] as Record<string, unknown>[]).toSorted(
      (a, b) => Number(a['cached_requests']) - Number(b['cached_requests']),
    );
  const paid = { requests: 1, cost_usd: 0.01 };
  await expect.poll(rows).toMatchObject([
    { ...paid, cached_requests: 0, saved_by_cache_usd: 0 },
    // Its own answer was spared, the renewal was not.
    { ...paid, cached_requests: 1, saved_by_cache_usd: 0.01 },
  ]);
  const refused = await bed.chat(valueOf(reader), { messages });
  expect([refused.status, await bed.upstreamCalls()]).toEqual([429, 2]);
});

test.each([500, 429])(
  'cache.stale_if_error answers in place of a %d without being asked, unless the request says otherwise',
  async (status) => {
    await using bed = await startBed({ config: { cache: { stale_if_error: '1h' } } });
    const request = chat(nonce());
    const old = await stored(bed, request);
    await bed.mock.fault({ fault: { kind: 'status', status } });
    const { cache, id, headers } = await ask(bed, request);
    expect([cache, id, headers.get('cache-status')]).toEqual(['stale', old, 'llmproxy; hit; fwd=stale']);
    for (const control of ['stale-if-error=0', 'max-age=60', 'no-cache']) {
      // Where the endpoint pauses, the proxy says so itself.
      await expect(ask(bed, request, control)).rejects.toMatchObject({ status: expect.toBeOneOf([status, 503]) });
    }
  },
);

test('cache.stale_if_error does not hide what the client did wrong', async () => {
  await using bed = await startBed({ config: { cache: { stale_if_error: '1h' } } });
  const request = chat(nonce());
  await stored(bed, request);
  await bed.mock.fault({ fault: { kind: 'status', status: 400 } });
  await expect(ask(bed, request)).rejects.toMatchObject({ status: 400 });
});

test('a stream gets the old answer, too, once every endpoint has failed', async () => {
  await using bed = await startBed({ config: { cache: { stale_if_error: '1h' } } });
  const request = chat(nonce());
  const old = await stored(bed, request);
  await bed.mock.fault({ fault: { kind: 'status', status: 500 } });
  const stream = await bed.client().chat.completions.create({ ...request, stream: true });
  expect((await collect(stream))[0]?.id).toBe(old);
});
