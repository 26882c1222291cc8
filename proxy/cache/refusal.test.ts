import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { createCache } from './create-cache.ts';
import { modelTag } from './key.ts';
import { refusalLifetimeMs } from './policy.ts';
import { makeRecording, TARGETS, TERMS, termsOf } from './recordings.fixture.ts';
import { recordRefusal, type RefusalAnswer } from './refusal.ts';
import type { CacheHit } from './types.ts';

const BODY = Buffer.from('{"model":"gpt-4o","messages":[]}');
const REQUEST = { body: BODY };
const { endpoint, target } = makeRecording();
const ANSWER: RefusalAnswer = {
  operation: 'chat.completions',
  model: 'gpt-4o',
  status: 400,
  outcome: 'client_error',
  headers: [
    ['Content-Type', 'application/json'],
    ['set-cookie', 'a=b'],
    ['x-should-retry', 'false'],
  ],
  body: Buffer.from('{"error":{"message":"messages is empty"}}'),
  endpoint,
  target,
};
const KEY = `${modelTag('gpt-4o')}.${'0'.repeat(64)}`;
const at = (clock: ManualClock, answer: Partial<RefusalAnswer> = {}, body = BODY) =>
  recordRefusal({ ...ANSWER, ...answer }, body, { now: clock.now(), ttlMs: 10_000 });

function bed() {
  const clock = new ManualClock();
  const cache = createCache({ memoryBytes: 100_000, staleMs: 60_000, clock, protocols: PROTOCOLS });
  const find = (request?: { body: Buffer }, header?: string): CacheHit | undefined =>
    cache.fetch(KEY, { ...termsOf(header), ...(request ? { request } : {}) }) as CacheHit | undefined;
  return { clock, cache, find };
}

test.each([400, 413, 415, 422])('a %d by which the request itself is at fault is recorded as it is', (status) => {
  expect(at(new ManualClock(), { status })).toMatchObject({
    headers: [['content-type', 'application/json']],
    bytes: ANSWER.body,
    refusal: { status },
    kept: false,
  });
});

test.each([401, 402, 403, 404, 405, 408, 409, 410, 424, 425, 429, 431, 500, 503])(
  'a %d is never recorded',
  (status) => {
    expect(at(new ManualClock(), { status })).toBeUndefined();
  },
);

test.each([
  'context_too_long',
  'insufficient_quota',
  'too_large_for_limit',
  'model_not_here',
  'credential_refused',
  'busy',
  'bad_answer',
  undefined,
] as const)('a 400 that means %s is not recorded', (outcome) => {
  expect(at(new ManualClock(), { outcome })).toBeUndefined();
});

test('a refusal of more than 64 KiB is not recorded', () => {
  expect(at(new ManualClock(), { body: Buffer.alloc(65_537) })).toBeUndefined();
});

test('it is found by a request of the same bytes until its end, and stands in for nothing afterwards', async () => {
  const { clock, cache, find } = bed();
  await cache.put(KEY, at(clock)!, cache.mark(KEY));
  expect(find(REQUEST)).toMatchObject({ fresh: true, recording: { refusal: { status: 400 } } });
  expect(find({ body: Buffer.from('{"messages":[],"model":"gpt-4o"}') })).toBeUndefined();
  expect(find()).toBeUndefined();
  expect(find(REQUEST, 'no-cache')).toBeUndefined();
  clock.advance(9_999);
  expect(find(REQUEST)?.fresh).toBe(true);
  clock.advance(1);
  expect(find(REQUEST)).toBeUndefined();
  expect(cache.stats().entries).toBe(0);
});

test('it is replayed with its status in either shape', () => {
  const { clock, cache } = bed();
  const view = { includeUsage: false, includeObfuscation: true };
  for (const stream of [false, true]) {
    const replay = cache.replay(at(clock)!, { stream, view, own: { user: 'me' } });
    expect(replay).toEqual({ status: 400, headers: [['content-type', 'application/json']], body: ANSWER.body });
  }
});

test('it never takes the place of an answer, and an answer takes its place', async () => {
  const { clock, cache, find } = bed();
  const answer = makeRecording({ storedAt: clock.now(), expiresAt: clock.now() + 5_000 });
  await cache.put(KEY, at(clock)!, cache.mark(KEY));
  await cache.put(KEY, answer, cache.mark(KEY));
  await cache.put(KEY, at(clock)!, cache.mark(KEY));
  expect(find(REQUEST)?.recording).toMatchObject(answer);
  clock.advance(6_000);
  await cache.put(KEY, at(clock)!, cache.mark(KEY));
  expect(find(REQUEST)).toMatchObject({ fresh: false, recording: answer });
});

test('a purge removes it and keeps out what was begun before', async () => {
  const { clock, cache, find } = bed();
  const mark = cache.mark(KEY);
  await cache.put(KEY, at(clock)!, mark);
  expect(await cache.purge({ model: 'gpt-4o' })).toMatchObject({ deleted: 1 });
  await cache.put(KEY, at(clock)!, mark);
  expect(find(REQUEST)).toBeUndefined();
});

test('only a request that takes every stored answer has its refusal stored, for no longer than its answers', () => {
  const settings = {
    enabled: true,
    ttlMs: 1,
    staleMs: 0,
    swrMs: 0,
    staleIfErrorMs: 0,
    negativeMs: 8_000,
    variants: 1,
    splitEmbeddings: false,
  };
  const all = { ...settings, maxEntryBytes: 1, namespace: '', ignore: [], targets: TARGETS, forwardsCredential: false };
  expect(refusalLifetimeMs(all, TERMS.controls)).toBe(8_000);
  expect(refusalLifetimeMs(all, { ...TERMS.controls, ttlMs: 2_000 })).toBe(2_000);
  for (const header of ['no-cache', 'max-age=60', 'min-fresh=1']) {
    expect(refusalLifetimeMs(all, termsOf(header).controls)).toBe(0);
  }
});
