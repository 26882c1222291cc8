import { expect, test } from 'vitest';
import { chat, nonce, type ChatRequest } from './ask.ts';
import { startBed, type Bed } from './bed.ts';

interface Asked {
  readonly cache: string | null;
  readonly id: string;
  readonly headers: Headers;
}

async function ask(bed: Bed, control: string | object, request: ChatRequest = chat('hi')): Promise<Asked> {
  const header = typeof control === 'string' && control !== '' ? { 'cache-control': control } : {};
  const body = typeof control === 'object' ? { ...request, cache: control } : request;
  const { data, response } = await bed.client().chat.completions.create(body, { headers: header }).withResponse();
  return { cache: response.headers.get('x-llmproxy-cache'), id: data.id, headers: response.headers };
}

/** One request after the other; what the cache said to each. */
async function run(bed: Bed, ...controls: (string | object)[]): Promise<(string | null)[]> {
  const said = [];
  for (const control of controls) said.push((await ask(bed, control)).cache);
  return said;
}

test.each([['no-cache'], [{ 'no-cache': true }]])('%j asks the endpoint and renews the entry', async (control) => {
  await using bed = await startBed();
  const first = await ask(bed, '');
  const renewed = await ask(bed, control);
  const after = await ask(bed, '');
  expect([first.cache, renewed.cache, after.cache]).toEqual(['miss', 'bypass', 'hit']);
  expect(renewed.id).not.toBe(first.id);
  expect(after.id).toBe(renewed.id);
  expect(await bed.requests()).toHaveLength(2);
});

test.each([['no-store'], [{ 'no-store': true }]])('%j reads the cache but stores nothing', async (control) => {
  await using bed = await startBed();
  expect(await run(bed, control, control, '', control)).toEqual(['miss', 'miss', 'miss', 'hit']);
  expect(await bed.requests()).toHaveLength(3);
});

test('no-cache and no-store together leave the cache out', async () => {
  await using bed = await startBed();
  expect(await run(bed, 'no-cache, no-store', { 'no-cache': true, 'no-store': true }, '')).toEqual([
    'bypass',
    'bypass',
    'miss',
  ]);
});

test.each([['max-age=0'], [{ 's-maxage': 0 }]])('%j accepts no stored answer at all', async (control) => {
  await using bed = await startBed();
  expect(await run(bed, '', control, 'max-age=60', { 's-maxage': 60 })).toEqual(['miss', 'miss', 'hit', 'hit']);
});

test('only-if-cached is answered from the cache, or with 504 and no call', async () => {
  await using bed = await startBed();
  await expect(ask(bed, 'only-if-cached')).rejects.toMatchObject({ status: 504, code: 'only_if_cached' });
  expect(await bed.requests()).toEqual([]);
  await ask(bed, '');
  expect((await ask(bed, 'only-if-cached')).cache).toBe('hit');
  expect(await bed.requests()).toHaveLength(1);
});

test('a ttl of the request ends its entry, and 0 stores nothing', async () => {
  await using bed = await startBed();
  expect(await run(bed, { ttl: 0 }, '')).toEqual(['miss', 'miss']);
  const brief = chat(nonce());
  expect((await ask(bed, { ttl: 0.001 }, brief)).cache).toBe('miss');
  await expect.poll(async () => (await ask(bed, 'no-store', brief)).cache).toBe('miss');
});

test('stale-if-error shows an entry past its end when every endpoint fails, and only to who asks', async () => {
  await using bed = await startBed();
  const stored = await ask(bed, { ttl: 0.001 });
  await bed.mock.fault({ fault: { kind: 'status', status: 500 } });
  await expect(ask(bed, '')).rejects.toMatchObject({ status: 500 });
  const stale = await ask(bed, 'stale-if-error=600');
  expect(stale.cache).toBe('stale');
  expect(stale.id).toBe(stored.id);
  expect(stale.headers.get('cache-status')).toBe('llmproxy; hit; fwd=stale');
  await expect(ask(bed, 'stale-if-error=0')).rejects.toMatchObject({ status: 500 });
});

test('stale-if-error also helps when every endpoint refuses for its rate limit', async () => {
  await using bed = await startBed();
  const stored = await ask(bed, { ttl: 0.001 });
  await bed.mock.fault({ fault: { kind: 'status', status: 429 } });
  await expect(ask(bed, '')).rejects.toMatchObject({ status: 429 });
  const { cache, id } = await ask(bed, 'stale-if-error=600');
  expect([cache, id]).toEqual(['stale', stored.id]);
});

test('stale-if-error lends an entry that is only too old for the request, too', async () => {
  await using bed = await startBed();
  const stored = await ask(bed, '');
  await bed.mock.fault({ fault: { kind: 'status', status: 500 } });
  const { cache, id } = await ask(bed, 'max-age=0, stale-if-error=600');
  expect([cache, id]).toEqual(['stale', stored.id]);
  await expect(ask(bed, 'no-cache, stale-if-error=600')).rejects.toMatchObject({ status: 500 });
});

test('stale-if-error does not hide what the client did wrong', async () => {
  await using bed = await startBed();
  await ask(bed, { ttl: 0.001 });
  await bed.mock.fault({ fault: { kind: 'status', status: 400 } });
  await expect(ask(bed, 'stale-if-error=600')).rejects.toMatchObject({ status: 400 });
});

test('namespaces do not see each other', async () => {
  await using bed = await startBed();
  const [blue, red] = [{ namespace: 'blue' }, { namespace: 'red' }];
  expect(await run(bed, blue, red, '', blue, red)).toEqual(['miss', 'miss', 'miss', 'hit', 'hit']);
  expect(await bed.requests()).toHaveLength(3);
});

test('the cache member never reaches the endpoint, nor does it make another request of it', async () => {
  await using bed = await startBed();
  expect(await run(bed, { ttl: 60 }, '')).toEqual(['miss', 'hit']);
  expect((await bed.requests())[0]?.body).toEqual(chat('hi'));
});

test('controls inside a literal extra_body count and are taken off', async () => {
  await using bed = await startBed();
  const request = { ...chat('hi'), extra_body: { cache: { 'no-store': true }, other: 1 } } as ChatRequest;
  expect((await ask(bed, '', request)).cache).toBe('miss');
  expect((await ask(bed, '', request)).cache).toBe('miss');
  const [seen] = await bed.requests();
  expect(seen?.body).toEqual({ ...chat('hi'), extra_body: { other: 1 } });
});

test('streams obey the same controls', async () => {
  await using bed = await startBed();
  const said: (string | null)[] = [];
  for (const control of ['no-store', '', 'no-cache', '']) {
    const options = control === '' ? {} : { headers: { 'cache-control': control } };
    const request = { ...chat('hi'), stream: true } as const;
    const { data, response } = await bed.client().chat.completions.create(request, options).withResponse();
    for await (const chunk of data) expect(chunk.object).toBe('chat.completion.chunk');
    said.push(response.headers.get('x-llmproxy-cache'));
  }
  expect(said).toEqual(['miss', 'miss', 'bypass', 'hit']);
});
