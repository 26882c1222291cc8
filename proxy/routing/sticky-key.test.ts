import { expect, test } from 'vitest';

import { stickyKey } from './sticky-key.ts';

const FACTS = { promptCacheKey: 'cache-1', user: 'ann' };
const header = (name: string) => (name === 'x-session-id' ? 's-9' : undefined);

test('reads the field or the header that requests stick by', () => {
  expect(stickyKey('prompt_cache_key', FACTS, header)).toBe('cache-1');
  expect(stickyKey('user', FACTS, header)).toBe('ann');
  expect(stickyKey('header:X-Session-Id', FACTS, header)).toBe('s-9');
});

test('a request that does not carry it has no key', () => {
  expect(stickyKey('prompt_cache_key', {}, header)).toBeUndefined();
  expect(stickyKey('header:x-other', FACTS, header)).toBeUndefined();
});
