import { expect, test } from 'vitest';
import { PromptCache } from './prompt-cache.ts';
import { createTokenizer } from './tokenizer.ts';

const tokenizer = createTokenizer();
const words = (count: number, first = 0) => Array.from({ length: count }, (_, at) => ` ${first + at}`).join('');
const MINUTE_MS = 60_000;

function cacheWith(now = 0) {
  const cache = new PromptCache(tokenizer);
  const use = (texts: readonly string[], at = now, over: { group?: string; retention?: '24h' } = {}) => {
    const tokens = texts.reduce((sum, text) => sum + 4 + tokenizer.count(text, 'o200k_base'), 0);
    return cache.use({ group: 'a', texts, tokens, encoding: 'o200k_base', retention: 'in_memory', ...over }, at);
  };
  return { cache, use };
}

test('a prompt is written once and read afterwards, in whole steps', () => {
  const { use } = cacheWith();
  expect(use([words(1500)])).toEqual({ read: 0, written: 3456 });
  expect(use([words(1500)])).toEqual({ read: 3456, written: 0 });
});

test('the longest beginning counts, also in the middle of a text', () => {
  const { use } = cacheWith();
  use([words(1500), words(50)]);
  const half = use([words(750) + words(750, 5000)]);
  expect(half.read).toBeGreaterThanOrEqual(1408);
  expect(half.read).toBeLessThanOrEqual(1536);
  expect(half.read % 128).toBe(0);
  expect(use([words(300) + words(2000, 7000)]).read).toBe(0);
});

test('a longer conversation reads what the shorter one wrote', () => {
  const { use } = cacheWith();
  const first = use(['system', words(1500)]);
  const second = use(['system', words(1500), 'answer', 'next question']);
  expect(second.read).toBe(first.written);
});

test('groups are apart, and time takes what is not used', () => {
  const { use } = cacheWith();
  use([words(1500)]);
  expect(use([words(1500)], 0, { group: 'b' }).read).toBe(0);
  expect(use([words(1500)], 9 * MINUTE_MS).read).toBeGreaterThan(0);
  expect(use([words(1500)], 18 * MINUTE_MS).read).toBeGreaterThan(0);
  expect(use([words(1500)], 29 * MINUTE_MS).read).toBe(0);
  use(['kept', words(1500)], 0, { retention: '24h' });
  expect(use(['kept', words(1500)], 23 * 60 * MINUTE_MS).read).toBeGreaterThan(0);
});

test('what was remembered can be forgotten', () => {
  const { cache, use } = cacheWith();
  use([words(1500)]);
  cache.clear();
  expect(use([words(1500)]).read).toBe(0);
});
