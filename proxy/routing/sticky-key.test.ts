import { expect, test } from 'vitest';

import { stickyKey } from './sticky-key.ts';

const FACTS = { promptCacheKey: 'cache-1', user: 'ann' };
const header = (name: string) => (name === 'x-session-id' ? 's-9' : undefined);

test('reads the field or the header that requests stick by', () => {
  expect(stickyKey({ kind: 'prompt_cache_key' }, FACTS, header)).toBe('cache-1');
  expect(stickyKey({ kind: 'user' }, FACTS, header)).toBe('ann');
  expect(stickyKey({ kind: 'header', name: 'x-session-id' }, FACTS, header)).toBe('s-9');
});

test('a request that does not carry it has no key', () => {
  expect(stickyKey({ kind: 'prompt_cache_key' }, { user: 'ann' }, header)).toBeUndefined();
  expect(stickyKey({ kind: 'user' }, { promptCacheKey: 'cache-1' }, header)).toBeUndefined();
  expect(stickyKey({ kind: 'header', name: 'x-other' }, FACTS, header)).toBeUndefined();
});
