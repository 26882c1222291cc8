import { expect, test } from 'vitest';
import type { RequestFacts } from '../protocols/types.ts';
import { readControls } from './controls.ts';
import {
  ageMs,
  cachePermission,
  ignoredFields,
  keptMs,
  lifetimeMs,
  mayAnswer,
  mayAnswerOnError,
  mayAnswerWhileRenewed,
} from './policy.ts';
import { makeRecording, TARGETS } from './recordings.fixture.ts';
import type { CacheHit } from './types.ts';

const SETTINGS = {
  enabled: true,
  ttlMs: 1000,
  staleMs: 5_000,
  swrMs: 0,
  staleIfErrorMs: 0,
  negativeMs: 0,
  variants: 1,
  splitEmbeddings: false,
  maxEntryBytes: 1000,
  namespace: 'default',
  ignore: [],
  targets: TARGETS,
  forwardsCredential: false,
};
const FACTS: RequestFacts = {
  model: 'm',
  stream: false,
  includeUsage: false,
  includeObfuscation: true,
  stateful: false,
  store: true,
  encryptedItems: [],
};
const ALL = { read: true, write: true, join: true };
const NOTHING = { read: false, write: false, join: false };

test('an ordinary request may read, write and join', () => {
  expect(cachePermission(SETTINGS, FACTS, readControls(undefined))).toEqual(ALL);
});

test('nothing is cached where the cache is off or the answer depends on state at the provider', () => {
  expect(cachePermission({ ...SETTINGS, enabled: false }, FACTS, readControls(undefined))).toEqual(NOTHING);
  expect(cachePermission(SETTINGS, { ...FACTS, stateful: true }, readControls(undefined))).toEqual(NOTHING);
});

test.each([
  ['no-cache', { read: false, write: true, join: false }],
  ['no-store', { read: true, write: false, join: false }],
  ['no-cache, no-store', NOTHING],
  ['only-if-cached', { read: true, write: true, join: false }],
])('%s is obeyed', (header, expected) => {
  expect(cachePermission(SETTINGS, FACTS, readControls(header))).toEqual(expected);
});

test('the request decides how long its answer is fresh, else the configuration', () => {
  expect(lifetimeMs(SETTINGS, readControls(undefined, { ttl: 7 }))).toBe(7000);
  expect(lifetimeMs(SETTINGS, readControls(undefined))).toBe(1000);
});

const RECORDING = makeRecording({ storedAt: 10_000, expiresAt: 20_000 });
const STALE: CacheHit = { recording: RECORDING, fresh: false, tier: 'memory', endpoint: 'gpt-4o/one' };

const terms = (header: string | undefined, now: number, settings: Partial<typeof SETTINGS> = {}) => ({
  settings: { ...SETTINGS, ...settings },
  controls: readControls(header),
  now,
});

test('a fresh hit answers, a stale one does not', () => {
  expect(mayAnswer(RECORDING, readControls(undefined), 19_999)).toBe(true);
  expect(mayAnswer(RECORDING, readControls(undefined), 20_000)).toBe(false);
  expect(mayAnswer(RECORDING, readControls('no-cache'), 15_000)).toBe(false);
});

test('max-age leaves out what is as old or older', () => {
  expect(mayAnswer(RECORDING, readControls('max-age=5'), 14_999)).toBe(true);
  expect(mayAnswer(RECORDING, readControls('max-age=5'), 15_000)).toBe(false);
  expect(mayAnswer(RECORDING, readControls('max-age=0'), 10_000)).toBe(false);
});

test('a stale hit answers a failure only within the window that the client named', () => {
  expect(mayAnswerOnError(STALE, terms(undefined, 20_001))).toBe(false);
  expect(mayAnswerOnError(STALE, terms('stale-if-error=2', 21_999))).toBe(true);
  expect(mayAnswerOnError(STALE, terms('stale-if-error=2', 22_000))).toBe(false);
});

test('the age is never negative, even when a replica with a faster clock stored the answer', () => {
  expect(ageMs(RECORDING, 9_000)).toBe(0);
  expect(ageMs(RECORDING, 12_500)).toBe(2_500);
});

test('the fields that name the caller count where the provider keeps them with the answer', () => {
  const settings = { ...SETTINGS, ignore: ['user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'seed'] };
  expect(ignoredFields(settings, { ...FACTS, store: false })).toBe(settings.ignore);
  expect(ignoredFields(settings, { ...FACTS, store: true })).toEqual(['seed']);
});

test('a hit within its time may stand in for a failure where the client allows stale ones', () => {
  expect(mayAnswerOnError(STALE, terms('stale-if-error=0', 19_999))).toBe(true);
  expect(mayAnswerOnError(STALE, terms('stale-if-error=0', 20_000))).toBe(false);
});

test('a request that wants an answer to stay fresh gets one that does', () => {
  expect(mayAnswer(RECORDING, readControls('min-fresh=5'), 14_999)).toBe(true);
  expect(mayAnswer(RECORDING, readControls('min-fresh=5'), 15_000)).toBe(false);
});

test('an entry is kept as long as the longest of its uses needs it', () => {
  expect(keptMs({ staleMs: 1, swrMs: 2, staleIfErrorMs: 3 })).toBe(3);
  expect(keptMs({ staleMs: 1, swrMs: 5, staleIfErrorMs: 3 })).toBe(5);
});

test('the configuration lets a stale hit answer a failure, unless the request says how old or how stale it may be', () => {
  const configured = { staleIfErrorMs: 2_000 };
  expect(mayAnswerOnError(STALE, terms(undefined, 21_999, configured))).toBe(true);
  expect(mayAnswerOnError(STALE, terms(undefined, 22_000, configured))).toBe(false);
  for (const header of ['stale-if-error=0', 'max-age=3600', 'min-fresh=0']) {
    expect(mayAnswerOnError(STALE, terms(header, 20_001, configured))).toBe(false);
  }
  // Within its time, and too old for the request alone.
  expect(mayAnswerOnError(STALE, terms('max-age=1', 15_000, configured))).toBe(false);
});

test('a stale hit answers at once for as long as is configured', () => {
  const configured = { swrMs: 2_000 };
  expect(mayAnswerWhileRenewed(STALE, terms(undefined, 20_000))).toBe(false);
  expect(mayAnswerWhileRenewed(STALE, terms(undefined, 20_000, configured))).toBe(true);
  expect(mayAnswerWhileRenewed(STALE, terms(undefined, 21_999, configured))).toBe(true);
  expect(mayAnswerWhileRenewed(STALE, terms(undefined, 22_000, configured))).toBe(false);
  expect(mayAnswerWhileRenewed({ ...STALE, fresh: true }, terms(undefined, 20_000, configured))).toBe(false);
});

test('a request may ask for a stale answer within what is kept, and refuse one', () => {
  expect(mayAnswerWhileRenewed(STALE, terms('stale-while-revalidate=3', 22_999))).toBe(true);
  expect(mayAnswerWhileRenewed(STALE, terms('stale-while-revalidate=3', 23_000))).toBe(false);
  expect(mayAnswerWhileRenewed(STALE, terms('stale-while-revalidate=9', 25_000))).toBe(false);
  expect(mayAnswerWhileRenewed(STALE, terms('stale-while-revalidate=0', 20_000, { swrMs: 2_000 }))).toBe(false);
});

test.each(['no-cache', 'no-store', 'min-fresh=0', 'max-age=3600', 'stale-while-revalidate=3, no-store'])(
  '%s never gets an answer that is renewed behind it',
  (header) => expect(mayAnswerWhileRenewed(STALE, terms(header, 20_001, { swrMs: 2_000 }))).toBe(false),
);
