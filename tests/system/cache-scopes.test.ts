import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chat, nonce, sharedRedis } from './ask.ts';
import { startBed, type Bed, type BedOptions } from './bed.ts';

const forwarding: BedOptions = { endpoints: [{ api_key: 'forward' }] };

async function ask(bed: Bed, apiKey: string, headers: Record<string, string> = {}): Promise<string | null> {
  const client = bed.client({ apiKey, defaultHeaders: headers });
  const { response } = await client.chat.completions.create(chat('hi')).withResponse();
  return response.headers.get('x-llmproxy-cache');
}

test('where the caller’s own key is forwarded, no caller sees an answer that another key paid for', async () => {
  await using bed = await startBed(forwarding);
  const said = [
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-bob'),
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-bob'),
  ];
  expect(said).toEqual(['miss', 'miss', 'hit', 'hit']);
  const keys = (await bed.requests()).map(({ headers }) => headers['authorization']);
  expect(keys).toEqual(['Bearer sk-alice', 'Bearer sk-bob']);
});

test('another organisation or project of the same key is another scope', async () => {
  await using bed = await startBed(forwarding);
  const said = [
    await ask(bed, 'sk-alice'),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1' }),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1', 'openai-project': 'proj-1' }),
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1' }),
  ];
  expect(said).toEqual(['miss', 'miss', 'miss', 'hit']);
});

test('equal requests of two keys at the same moment do not share one call either', async () => {
  await using bed = await startBed(forwarding);
  await bed.mock.pace({ firstEventMs: 50 });
  const said = await Promise.all([ask(bed, 'sk-alice'), ask(bed, 'sk-bob'), ask(bed, 'sk-alice')]);
  expect(said.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(['joined', 'miss', 'miss']);
  expect(await bed.requests()).toHaveLength(2);
});

test('callers without a credential of weight share', async () => {
  await using bed = await startBed();
  expect([await ask(bed, 'sk-alice'), await ask(bed, 'sk-bob')]).toEqual(['miss', 'hit']);
  expect((await bed.requests())[0]?.headers['authorization']).toBe('Bearer sk-endpoint-a');
});

test('where the configuration says so, forwarded keys share', async () => {
  await using bed = await startBed({ ...forwarding, model: { cache: { scope: 'shared' } } });
  expect([await ask(bed, 'sk-alice'), await ask(bed, 'sk-bob')]).toEqual(['miss', 'hit']);
});

test.each(['principal', 'customer', 'team', 'user', 'key'])(
  'scope %s: callers without a virtual key share, unless their own credential is passed on',
  async (scope) => {
    await using shared = await startBed({ config: { cache: { scope } } });
    expect([await ask(shared, 'sk-alice'), await ask(shared, 'sk-bob')]).toEqual(['miss', 'hit']);
    await using own = await startBed({ ...forwarding, config: { cache: { scope } } });
    expect([await ask(own, 'sk-alice'), await ask(own, 'sk-bob'), await ask(own, 'sk-bob')]).toEqual([
      'miss',
      'miss',
      'hit',
    ]);
  },
);

test('where forwarded keys share, another organisation or project is still another request', async () => {
  await using bed = await startBed({ ...forwarding, model: { cache: { scope: 'shared' } } });
  const said = [
    await ask(bed, 'sk-alice', { 'openai-organization': 'org-1' }),
    await ask(bed, 'sk-bob', { 'openai-organization': 'org-1' }),
    await ask(bed, 'sk-bob', { 'openai-project': 'proj-1' }),
    await ask(bed, 'sk-bob'),
  ];
  expect(said).toEqual(['miss', 'hit', 'miss', 'miss']);
});

test('replicas with one secret share answers on Redis, one with another secret does not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-key-'));
  try {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    await writeFile(one, nonce().repeat(4));
    await writeFile(two, nonce().repeat(4));
    const redis = sharedRedis();
    const withKey = (file: string): object => ({ redis, cache: { key_file: file } });
    await using first = await startBed({ config: withKey(one) });
    const endpoints = [{ base_url: first.mock.baseURL }];
    await using same = await startBed({ config: withKey(one), endpoints });
    await using other = await startBed({ config: withKey(two), endpoints });
    expect(await ask(first, 'x')).toBe('miss');
    await expect.poll(() => ask(same, 'x')).toBe('hit');
    expect(await ask(other, 'x')).toBe('miss');
    expect(await first.requests()).not.toHaveLength(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('two configured namespaces of one Redis do not share', async () => {
  await using bed = await startBed({
    moreModels: ([mock]) => ({
      'gpt-4o': {
        cache: { namespace: 'other' },
        endpoints: [{ provider: 'openai', name: 'o', base_url: mock!.baseURL, api_key: 'sk-o', model: 'gpt-4o-mini' }],
      },
    }),
  });
  await ask(bed, 'x');
  const { response } = await bed
    .client()
    .chat.completions.create(chat('hi', { model: 'gpt-4o' }))
    .withResponse();
  expect(response.headers.get('x-llmproxy-cache')).toBe('miss');
  expect((await bed.requests()).map(({ model }) => model)).toEqual(['gpt-4o-mini', 'gpt-4o-mini']);
});
