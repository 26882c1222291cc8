import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { createCache } from './create-cache.ts';
import { fakeProtocols } from './fake-protocol.fixture.ts';
import { cacheKey, type KeyContext } from './key.ts';
import { makeRecording, TERMS, termsOf } from './recordings.fixture.ts';
import { targetsOf } from './target.ts';
import type { Cache } from './tiers.ts';
import type { Recording } from './types.ts';

const TTL_MS = 60_000;
const STALE_MS = 30_000;

interface Bench {
  readonly cache: Cache;
  readonly clock: ManualClock;
  readonly recording: (change?: Partial<Recording>) => Recording;
}

function bench(): Bench {
  const clock = new ManualClock();
  const cache = createCache({ memoryBytes: 1_000_000, staleMs: STALE_MS, clock, protocols: fakeProtocols() });
  const recording = (change: Partial<Recording> = {}): Recording =>
    makeRecording({ storedAt: clock.now(), expiresAt: clock.now() + TTL_MS, ...change });
  return { cache, clock, recording };
}

function key(model: string, content: string): string {
  const body = { model, messages: [content] };
  const context: KeyContext = {
    scope: '',
    namespace: '',
    operation: 'chat.completions',
    model,
    mocksOnly: false,
    headers: {},
    forwardsCredential: false,
    query: '',
    ignore: [],
  };
  return cacheKey(context, { parsed: body, raw: Buffer.from(JSON.stringify(body)) });
}

test('what was put is found at once and says where', async () => {
  const { cache, recording } = bench();
  const stored = recording();
  await cache.put(key('m', 'a'), stored, cache.mark(key('m', 'a')));
  expect(cache.peek(key('m', 'a'), TERMS)).toMatchObject({
    recording: stored,
    fresh: true,
    tier: 'memory',
    endpoint: 'gpt-4o/one',
  });
  expect(cache.peek(key('m', 'b'), TERMS)).toBeUndefined();
  expect(await cache.fetch(key('m', 'b'), TERMS)).toBeUndefined();
});

test('past its end an entry is only fetched, as stale, and past the stale time it is gone', async () => {
  const { cache, clock, recording } = bench();
  await cache.put(key('m', 'a'), recording(), cache.mark(key('m', 'a')));
  clock.advance(TTL_MS);
  expect(cache.peek(key('m', 'a'), TERMS)).toBeUndefined();
  expect(await cache.fetch(key('m', 'a'), TERMS)).toMatchObject({ fresh: false, tier: 'memory' });
  clock.advance(STALE_MS);
  expect(await cache.fetch(key('m', 'a'), TERMS)).toBeUndefined();
});

test('a purge removes what it names, counts it and leaves the rest', async () => {
  const { cache, recording } = bench();
  const keys = [key('m', 'a'), key('m', 'b'), key('n', 'a'), key('n', 'b')];
  for (const each of keys) await cache.put(each, recording(), cache.mark(each));
  const present = (): boolean[] => keys.map((each) => cache.peek(each, TERMS) !== undefined);
  expect(await cache.purge({ key: key('m', 'a') })).toEqual({ deleted: 1, complete: true });
  expect(present()).toEqual([false, true, true, true]);
  expect(await cache.purge({ model: 'n' })).toEqual({ deleted: 2, complete: true });
  expect(present()).toEqual([false, true, false, false]);
  expect(await cache.purge('all')).toEqual({ deleted: 1, complete: true });
  expect(present()).toEqual([false, false, false, false]);
});

test('a text that is no cache key purges nothing', async () => {
  const { cache, recording } = bench();
  await cache.put(key('m', 'a'), recording(), cache.mark(key('m', 'a')));
  for (const text of ['', '*', key('m', 'a').slice(0, 17)]) {
    expect(await cache.purge({ key: text })).toEqual({ deleted: 0, complete: true });
  }
  expect(cache.stats().entries).toBe(1);
});

test.each([
  ['everything', 'all' as const],
  ['the model', { model: 'm' }],
  ['the key', { key: key('m', 'a') }],
])(
  'a generation that began before a purge of %s leaves nothing behind, one that began after it does',
  async (_, target) => {
    const { cache, recording } = bench();
    const before = cache.mark(key('m', 'a'));
    await cache.purge(target);
    const after = cache.mark(key('m', 'a'));
    await cache.put(key('m', 'a'), recording(), before);
    expect(cache.peek(key('m', 'a'), TERMS)).toBeUndefined();
    expect(cache.stats().stored).toBe(0);
    await cache.put(key('m', 'a'), recording(), after);
    expect(cache.peek(key('m', 'a'), TERMS)).toBeDefined();
    expect(cache.stats().stored).toBe(1);
  },
);

test('a purge of another model does not touch a generation', async () => {
  const { cache, recording } = bench();
  const before = cache.mark(key('m', 'a'));
  await cache.purge({ model: 'n' });
  await cache.put(key('m', 'a'), recording(), before);
  expect(cache.peek(key('m', 'a'), TERMS)).toBeDefined();
});

test('forms made for clients count towards the bytes of the cache', async () => {
  const { cache, recording } = bench();
  await cache.put(key('m', 'a'), recording(), cache.mark(key('m', 'a')));
  cache.peek(key('m', 'a'), TERMS);
  const stored = cache.peek(key('m', 'a'), TERMS)!.recording;
  const { bytes } = cache.stats();
  const view = { includeUsage: true, includeObfuscation: true };
  const replay = cache.replay(stored, { stream: true, view });
  expect(cache.stats().bytes).toBe(bytes + replay.body.length);
});

test('a lookup counts nothing by itself; a request is counted once, by the tier that answered it', async () => {
  const { cache, recording } = bench();
  await cache.fetch(key('m', 'a'), TERMS);
  await cache.put(key('m', 'a'), recording(), cache.mark(key('m', 'a')));
  cache.peek(key('m', 'a'), TERMS);
  await cache.fetch(key('m', 'a'), TERMS);
  expect(cache.stats()).toMatchObject({ entries: 1, memoryHits: 0, redisHits: 0, misses: 0, stored: 1 });
  const hit = cache.peek(key('m', 'a'), TERMS)!;
  cache.count(hit);
  cache.count({ ...hit, tier: 'redis' });
  cache.count({ ...hit, tier: 'redis' });
  cache.count(undefined);
  cache.count(undefined);
  cache.count(undefined);
  expect(cache.stats()).toMatchObject({ memoryHits: 1, redisHits: 2, misses: 3 });
});

const KEY = key('m', 'a');

async function put(cache: Cache, recording: Recording, mark = cache.mark(KEY)): Promise<void> {
  await cache.put(KEY, recording, mark);
}

test('an entry that is too old for the request is no hit, and stands in for a failure only', async () => {
  const { cache, clock, recording } = bench();
  await put(cache, recording());
  clock.advance(5_000);
  const terms = termsOf('max-age=5');
  expect(cache.peek(KEY, terms)).toBeUndefined();
  expect(await cache.fetch(KEY, terms)).toMatchObject({ fresh: false, tier: 'memory' });
  expect(cache.peek(KEY, termsOf('max-age=6'))).toMatchObject({ fresh: true });
});

test('an entry of a target that the model no longer has is neither a hit nor a stand-in', async () => {
  const { cache, clock, recording } = bench();
  await put(cache, recording());
  const source = { provider: 'openai', basePath: '/v1', mock: false, bundled: false };
  const terms = (origin: string, id: string): typeof TERMS => ({
    ...TERMS,
    targets: targetsOf([{ ...source, origin, id }]),
  });
  const gone = terms('https://two.example', 'gpt-4o/one');
  expect(cache.peek(KEY, gone)).toBeUndefined();
  expect(await cache.fetch(KEY, gone)).toBeUndefined();
  expect(cache.peek(KEY, terms('https://one.example', 'gpt-4o/renamed'))).toMatchObject({
    fresh: true,
    endpoint: 'gpt-4o/renamed',
  });
  clock.advance(TTL_MS);
  expect(await cache.fetch(KEY, gone)).toBeUndefined();
});

test('a forgotten answer is gone at once, with all of its entries and no others', async () => {
  const { cache, recording } = bench();
  const keys = [KEY, key('m', 'b'), key('n', 'c')];
  for (const [index, each] of keys.entries()) {
    await cache.put(each, recording({ answerId: index < 2 ? 'resp_1' : 'resp_2', kept: true }), cache.mark(each));
  }
  const forgetting = cache.forgetAnswer('resp_1');
  expect(keys.map((each) => cache.peek(each, TERMS) !== undefined)).toEqual([false, false, true]);
  await forgetting;
  await cache.forgetAnswer('resp_unknown');
  expect(cache.stats().entries).toBe(1);
});

test('a generation that began before its answer was forgotten leaves nothing, one that begins after it does', async () => {
  const { cache, recording } = bench();
  const before = cache.mark(KEY);
  await cache.forgetAnswer('resp_1');
  await put(cache, recording({ answerId: 'resp_2', kept: true }), before);
  expect(cache.peek(KEY, TERMS)).toMatchObject({ recording: { answerId: 'resp_2' } });
  await put(cache, recording({ answerId: 'resp_1', kept: true }), before);
  expect(cache.peek(KEY, TERMS)).toMatchObject({ recording: { answerId: 'resp_2' } });
  expect(cache.stats().stored).toBe(1);
  await put(cache, recording({ answerId: 'resp_1', kept: true }));
  expect(cache.peek(KEY, TERMS)).toMatchObject({ recording: { answerId: 'resp_1' } });
});

test('who inspects an entry hears why it answers or does not, and no hit or use is counted', async () => {
  const { cache, clock, recording } = bench();
  const name = key('m', 'a');
  expect(await cache.inspect(name, TERMS)).toEqual([]);
  await cache.put(name, recording(), cache.mark(name));
  const before = cache.stats();
  clock.advance(1_000);
  const whyNot = async (terms = TERMS): Promise<unknown> => (await cache.inspect(name, terms)).map(({ why }) => why);
  expect(await cache.inspect(name, TERMS)).toMatchObject([
    { key: name, tier: 'memory', answers: true, why: null, ageMs: 1_000, leftMs: TTL_MS - 1_000, status: 200 },
  ]);
  expect(await whyNot(termsOf('no-cache'))).toEqual([expect.stringContaining('no-cache')]);
  expect(await whyNot(termsOf('max-age=1'))).toEqual([expect.stringContaining('max-age')]);
  expect(await whyNot({ ...TERMS, targets: targetsOf([]) })).toEqual([expect.stringContaining('no longer')]);
  clock.advance(TTL_MS);
  expect(await whyNot()).toEqual([expect.stringContaining('past its end')]);
  expect(cache.stats()).toEqual(before);
  expect(await cache.inMemory()).toMatchObject({
    limitBytes: 1_000_000,
    models: [{ entries: 1 }],
    ages: { looked: 1 },
  });
});

test('a refusal answers a request of its own bytes alone, and says so to who inspects it', async () => {
  const { cache, recording } = bench();
  const name = key('m', 'a');
  const refusal = { status: 400, request: '0'.repeat(64) };
  await cache.put(name, recording({ refusal }), cache.mark(name));
  expect(await cache.inspect(name, { ...TERMS, request: { body: Buffer.from('{}') } })).toMatchObject([
    { answers: false, status: 400, why: expect.stringContaining('refusal') },
  ]);
});
