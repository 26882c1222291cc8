import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { nonce, sharedRedis } from './ask.ts';
import { startApp, startBed, type Bed, type BedOptions } from './bed.ts';
import { startGoverned } from './governed.ts';
import { send } from './http.ts';
import { startUpstream } from './upstream.ts';

const MODEL = 'text-embedding-3-small';
const SPLIT = { split_embeddings: true };

interface Embedded {
  readonly data: readonly { readonly index: number; readonly embedding: unknown }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

interface Seen {
  readonly status: number;
  readonly cache: unknown;
  readonly body: Embedded;
}

const bedOf = (options: BedOptions = {}): Promise<Bed> =>
  startBed({
    config: { cache: SPLIT },
    ...options,
    moreModels: ([mock]) => ({
      [MODEL]: { endpoints: [{ provider: 'openai', base_url: mock?.baseURL, api_key: 'k' }] },
    }),
  });

async function embed(url: string, input: unknown, more: object = {}, control?: string): Promise<Seen> {
  const headers: Record<string, string> = control === undefined ? {} : { 'cache-control': control };
  const answer = await send(`${url}/v1/embeddings`, { body: { model: MODEL, input, ...more }, headers });
  return {
    status: answer.status,
    cache: answer.headers['x-llmproxy-cache'],
    body: JSON.parse(answer.body.toString()) as Embedded,
  };
}

const inputsSeen = async (bed: Bed): Promise<unknown[]> =>
  (await bed.requests()).map(({ body }) => (body as { input: unknown }).input);

const texts = (...numbers: number[]): string[] => numbers.map((number) => `text number ${number} of some length`);

test.each([
  ['float', texts(0, 1), texts(2, 1, 3, 2, 0)],
  ['base64', texts(0, 1), texts(2, 1, 3, 2, 0)],
  ['float', [[1, 2], [3]], [[4, 5, 6], [3], [7], [4, 5, 6], [1, 2]]],
] as const)(
  'only unknown inputs are asked for, once each, and the answer is what the whole would have had: %s',
  async (encoding_format, first, second) => {
    await using bed = await bedOf();
    await using plain = await bedOf({ config: { cache: { enabled: false } } });
    const more = { encoding_format, dimensions: 8 };
    const expected = await embed(plain.url, second, more);
    expect((await embed(bed.url, first, more)).cache).toBe('miss');
    const seen = await embed(bed.url, second, more);
    expect(await inputsSeen(bed)).toEqual([first, [second[0], second[2]]]);
    expect(seen.cache).toBe('miss');
    expect(seen.body.data).toEqual(expected.body.data);
    expect(seen.body.usage).toEqual(expected.body.usage);
    const again = await embed(bed.url, second, more);
    expect([again.cache, again.body]).toEqual(['hit', seen.body]);
    // One input has the same entry, and another number of dimensions another.
    expect((await embed(bed.url, second[2], more)).cache).toBe('hit');
    expect((await embed(bed.url, second, { ...more, dimensions: 4 })).cache).toBe('miss');
    expect(await bed.requests()).toHaveLength(3);
  },
);

test('it is off by default', async () => {
  await using bed = await bedOf({ config: {} });
  await embed(bed.url, texts(0, 1));
  await embed(bed.url, texts(0, 2));
  expect(await inputsSeen(bed)).toEqual([texts(0, 1), texts(0, 2)]);
});

test('cache controls hold for lists', async () => {
  await using bed = await bedOf();
  await embed(bed.url, texts(0, 1));
  expect((await embed(bed.url, texts(0, 2), {}, 'only-if-cached')).status).toBe(504);
  expect((await embed(bed.url, texts(1, 0), {}, 'only-if-cached')).cache).toBe('hit');
  expect((await embed(bed.url, texts(0, 2), {}, 'no-store')).cache).toBe('miss');
  expect((await embed(bed.url, texts(0, 3), {}, 'no-cache')).cache).toBe('bypass');
  expect((await embed(bed.url, texts(3, 2, 1))).cache).toBe('miss');
  expect((await embed(bed.url, texts(0, 1), {}, 'max-age=0')).cache).toBe('miss');
  expect(await inputsSeen(bed)).toEqual([texts(0, 1), texts(2), texts(0, 3), texts(2), texts(0, 1)]);
});

test('equal lists of one moment share one call', async () => {
  await using bed = await bedOf();
  await embed(bed.url, texts(0));
  await bed.mock.fault({ fault: 'delay;ms=200', times: 1 });
  const seen = await Promise.all(Array.from({ length: 10 }, () => embed(bed.url, texts(0, 1, 2))));
  expect(new Set(seen.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await inputsSeen(bed)).toEqual([texts(0), texts(1, 2)]);
});

test('a refusal of what was asked for is the client’s, and a purge forgets the parts', async () => {
  await using bed = await bedOf();
  await embed(bed.url, texts(0, 1));
  await bed.mock.fault({ fault: { kind: 'status', status: 400 }, times: 1 });
  expect((await embed(bed.url, texts(0, 2))).status).toBe(400);
  expect((await embed(bed.url, texts(0, 1))).cache).toBe('hit');
  const purged = await send(`${bed.url}/cache?model=${MODEL}`, { method: 'DELETE' });
  expect(JSON.parse(purged.body.toString())).toMatchObject({ deleted_entries: 2 });
  expect((await embed(bed.url, texts(0, 1))).cache).toBe('miss');
});

test('an endpoint that answers fewer inputs than it was asked for is a failure, and nothing of it is stored', async () => {
  const one = { object: 'list', data: [{ index: 0, embedding: [1] }], model: MODEL };
  let calls = 0;
  await using upstream = await startUpstream((response) => {
    calls += 1;
    const body = calls === 1 ? { ...one, data: [0, 1].map((index) => ({ index, embedding: [1] })) } : one;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const endpoints = [{ provider: 'openai', base_url: upstream.baseURL, api_key: 'k' }];
  const app = await startApp({ cache: SPLIT, models: { [MODEL]: { endpoints } } });
  onTestFinished(() => app.close());
  await embed(app.url, texts(0, 1));
  const failed = await embed(app.url, texts(0, 2, 3));
  expect([failed.status, failed.body]).toMatchObject([502, { error: { code: 'upstream_failed' } }]);
  expect((await embed(app.url, texts(2, 3))).body).toEqual(one);
  expect(calls).toBe(3);
});

test('replicas share the parts over Redis', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis(), cache: SPLIT };
  await using first = await bedOf({ config });
  const endpoints = [{ provider: 'openai', base_url: first.mock.baseURL, api_key: 'k' }];
  const second = await startApp({ ...config, models: { [MODEL]: { endpoints } } });
  onTestFinished(() => second.close());
  const word = nonce();
  const made = await embed(first.url, [`${word} 0`, `${word} 1`]);
  await expect
    .poll(() => embed(second.url, [`${word} 0`, `${word} 1`], {}, 'only-if-cached'))
    .toMatchObject({ cache: 'hit', body: made.body });
  await embed(second.url, [`${word} 1`, `${word} 2`]);
  expect((await inputsSeen(first)).at(-1)).toEqual([`${word} 2`]);
});

test('a key pays for what was asked for, and for nothing where all is known', async () => {
  const models = (endpoint: object): object => ({
    [MODEL]: { endpoints: [{ ...endpoint, price: { input: 1_000_000, output: 0 } }] },
  });
  const bed = await startGoverned({ config: { cache: SPLIT }, models });
  onTestFinished(() => bed.close());
  const key = await bed.key();
  const ask = async (input: readonly string[]): Promise<number> => {
    const headers = { authorization: `Bearer ${key}` };
    const { json } = await bed.call('/v1/embeddings', { method: 'POST', headers, body: { model: MODEL, input } });
    return (json as unknown as Embedded).usage.prompt_tokens;
  };
  const two = await ask(texts(0, 1));
  const three = await ask(texts(0, 1, 2));
  expect(await ask(texts(1, 2, 0))).toBe(three);
  const rows = async (): Promise<unknown> => (await bed.api('GET', '/usage?group_by=model')).json['rows'];
  await expect.poll(rows).toMatchObject([{ requests: 3, cached_requests: 1, input_tokens: two + (three - two) }]);
});
