import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import { readControls } from './controls.ts';

const OPEN = { read: true, write: true, onlyIfCached: false };

test('without controls everything is allowed', () => {
  expect(readControls(undefined)).toEqual(OPEN);
  expect(readControls('', undefined, null, {})).toEqual(OPEN);
});

test.each([
  ['no-cache', { ...OPEN, read: false }],
  ['No-Store', { ...OPEN, write: false }],
  ['only-if-cached', { ...OPEN, onlyIfCached: true }],
  ['max-age=60', { ...OPEN, maxAgeMs: 60_000 }],
  ['max-age="60"', { ...OPEN, maxAgeMs: 60_000 }],
  [' no-cache ,  no-store ', { ...OPEN, read: false, write: false }],
  ['stale-if-error=5, max-age=1', { ...OPEN, staleIfErrorMs: 5000, maxAgeMs: 1000 }],
  ['max-age=99999999999999', { ...OPEN, maxAgeMs: 2_147_483_648_000 }],
  ['max-stale=1, private, x="y"', OPEN],
])('the header %s is understood', (header, expected) => {
  expect(readControls(header)).toEqual(expected);
});

test.each([
  [{ 'no-cache': true }, { ...OPEN, read: false }],
  [{ 'no-store': true }, { ...OPEN, write: false }],
  [{ 'no-cache': false, 'no-store': false }, OPEN],
  [{ ttl: 1.5 }, { ...OPEN, ttlMs: 1500 }],
  [{ ttl: 0 }, { ...OPEN, ttlMs: 0, write: false }],
  [{ 's-maxage': 0 }, { ...OPEN, maxAgeMs: 0 }],
  [{ namespace: 'team-a' }, { ...OPEN, namespace: 'team-a' }],
  [{ ttl: null }, OPEN],
])('the member %j is understood', (member, expected) => {
  expect(readControls(undefined, member)).toEqual(expected);
});

test('the stricter of header and members wins', () => {
  expect(readControls('max-age=10', { 's-maxage': 20, 'no-cache': false })).toEqual({ ...OPEN, maxAgeMs: 10_000 });
  expect(readControls('max-age=20', { 's-maxage': 10 })).toEqual({ ...OPEN, maxAgeMs: 10_000 });
  expect(readControls('no-cache', { 'no-cache': false }).read).toBe(false);
  expect(readControls(undefined, { 'no-store': true, ttl: 9 }, { 'no-store': false, ttl: 7 })).toEqual({
    ...OPEN,
    write: false,
    ttlMs: 7000,
  });
});

test.each([
  [true, 'invalid_type', 'cache'],
  [[], 'invalid_type', 'cache'],
  [{ 'no-cache': 'yes' }, 'invalid_type', 'cache.no-cache'],
  [{ 'no-store': 1 }, 'invalid_type', 'cache.no-store'],
  [{ ttl: '60' }, 'invalid_type', 'cache.ttl'],
  [{ ttl: -1 }, 'invalid_value', 'cache.ttl'],
  [{ 's-maxage': [] }, 'invalid_type', 'cache.s-maxage'],
  [{ namespace: 7 }, 'invalid_type', 'cache.namespace'],
  [{ namespace: '' }, 'invalid_value', 'cache.namespace'],
  [{ namespace: 'x'.repeat(257) }, 'invalid_value', 'cache.namespace'],
  [{ no_store: true }, 'invalid_value', 'cache.no_store'],
])('the member %j is refused', (member, code, param) => {
  expect(() => readControls(undefined, member)).toThrow(expect.objectContaining({ code, param }) as ProxyError);
});

test.each(['max-age', 'max-age=', 'max-age=-1', 'max-age=1.5', 'stale-if-error=soon'])(
  'the header %s is refused',
  (header) => {
    expect(() => readControls(header)).toThrow(
      expect.objectContaining({ code: 'invalid_value', param: 'Cache-Control', status: 400 }) as ProxyError,
    );
  },
);
