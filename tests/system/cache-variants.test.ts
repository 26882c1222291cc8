import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, nonce, sharedRedis, type ChatRequest } from './ask.ts';
import { clientOf, MODEL, startApp, startBed, type Bed } from './bed.ts';

async function ask(
  { client }: Pick<Bed, 'client'>,
  request: ChatRequest,
): Promise<{ cache: string | null; id: string }> {
  const { data, response } = await client().chat.completions.create(request).withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), id: data.id };
}

const sampled = (): ChatRequest => chat(nonce(), { temperature: 1 });

test('cache.variants keeps several answers to a request with a temperature, and one to any other', async () => {
  await using bed = await startBed({ config: { cache: { variants: 3 } } });
  const request = sampled();
  const ids = new Set<string>();
  for (let time = 0; time < 3; time += 1) {
    const { cache, id } = await ask(bed, request);
    expect(cache).toBe('miss');
    ids.add(id);
  }
  const seen = new Set<string>();
  await expect
    .poll(async () => {
      const { cache, id } = await ask(bed, request);
      expect(cache).toBe('hit');
      return seen.add(id).size;
    })
    .toBe(3);
  expect(seen).toEqual(ids);
  const plain = chat(nonce());
  expect([(await ask(bed, plain)).cache, (await ask(bed, plain)).cache]).toEqual(['miss', 'hit']);
  expect(await bed.requests()).toHaveLength(4);
});

test('a model has a number of its own, and a purge of it takes them all', async () => {
  await using bed = await startBed({ model: { cache: { variants: 2 } } });
  const request = sampled();
  for (const expected of ['miss', 'miss', 'hit']) expect((await ask(bed, request)).cache).toBe(expected);
  const purged = await fetch(`${bed.url}/cache?model=${MODEL}`, { method: 'DELETE' });
  expect(await purged.json()).toMatchObject({ deleted_entries: 2 });
  expect((await ask(bed, request)).cache).toBe('miss');
});

test('replicas fill them together over Redis', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis(), cache: { variants: 2 } };
  await using first = await startBed({ config });
  const endpoint = { provider: 'openai', base_url: first.mock.baseURL, api_key: 'k' };
  const app = await startApp({ ...config, models: { [MODEL]: { endpoints: [endpoint] } } });
  onTestFinished(() => app.close());
  const second = { client: () => clientOf(app.url) };
  const request = sampled();
  expect((await ask(first, request)).cache).toBe('miss');
  await expect.poll(async () => (await first.stats()).cache['stored']).toBe(1);
  const cached = { 'cache-control': 'only-if-cached' };
  await expect
    .poll(async () => {
      const asked = second.client().chat.completions.create(request, { headers: cached });
      return asked.then(() => true).catch(() => false);
    })
    .toBe(true);
  expect((await ask(second, request)).cache).toBe('miss');
  await expect.poll(async () => (await ask(second, request)).cache).toBe('hit');
  await expect.poll(async () => (await ask(first, request)).cache).toBe('hit');
  expect(await first.requests()).toHaveLength(2);
});
