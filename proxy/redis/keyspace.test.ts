import { expect, test } from 'vitest';
import { Keyspace } from './keyspace.ts';

function tagOf(name: string): string | undefined {
  return /\{(.+?)\}/.exec(name)?.[1];
}

test('all keys of a prefix carry one hash tag, whatever the prefix and the names', () => {
  for (const prefix of ['llmproxy', 'a}b', '{a', 'ü *']) {
    const keys = new Keyspace(prefix);
    const names = [keys.cacheEntry('k'), keys.purgeToken(''), keys.affinity('{x}'), keys.health];
    expect(new Set(names.map(tagOf)).size).toBe(1);
  }
});

test('different prefixes never share a key', () => {
  const names = ['a', 'a:cache', '{a}', 'a%7d', 'a}'].map((prefix) => new Keyspace(prefix).cacheEntry('k'));
  expect(new Set(names).size).toBe(names.length);
});

test('the pattern of cache entries matches nothing but entries, even with a prefix full of wildcards', () => {
  const keys = new Keyspace('*[a]?');
  expect(keys.cacheEntries('')).not.toMatch(/(?<!\\)[?[\]]/);
  expect(keys.cacheEntries('').endsWith(':cache:entry:*')).toBe(true);
  expect(keys.purgeToken('').startsWith(keys.cacheEntry(''))).toBe(false);
});

test('a cache key is found again in the name of its entry', () => {
  const keys = new Keyspace('p');
  expect(keys.cacheKeyOf(keys.cacheEntry('abc.def'))).toBe('abc.def');
});

test('ids of any length and content become short keys of their own', () => {
  const keys = new Keyspace('p');
  const names = ['resp_1', 'resp_2', '\ud800', 'x'.repeat(500)].map((id) => keys.affinity(id));
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^\{p\}:affinity:[0-9a-f]{40}$/);
});
