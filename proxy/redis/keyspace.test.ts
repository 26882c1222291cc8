import { expect, test } from 'vitest';
import { Keyspace } from './keyspace.ts';

function tagOf(name: string): string | undefined {
  return /\{(.+?)\}/.exec(name)?.[1];
}

test('all keys of a prefix carry one hash tag, whatever the prefix and the names', () => {
  for (const prefix of ['llmproxy', 'a}b', '{a', 'ü *']) {
    const keys = new Keyspace(prefix);
    const names = [keys.cacheEntry('k'), keys.purgeToken('', 'k'), keys.affinity('{x}'), keys.health];
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
  expect(keys.purgeToken('', 'k').startsWith(keys.cacheEntry(''))).toBe(false);
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

test('in a cluster what is touched together shares a tag, and entries spread over all parts', () => {
  const keys = new Keyspace('p', true);
  const key = `${'a'.repeat(16)}.${'0'.repeat(62)}7f`;
  const together = [keys.cacheEntry(key), keys.purgeToken('', key), keys.purgeToken('a'.repeat(16), key)];
  expect(new Set(together.map(tagOf))).toEqual(new Set(['p/7f']));
  const counted = [keys.limitsEpoch, keys.limitsApplied('r'), keys.limitCounter('l'), keys.limitSlots('l'), keys.clock];
  expect(new Set(counted.map(tagOf))).toEqual(new Set(['p/limits']));
  const entries = Array.from({ length: 4_096 }, (_, index) => keys.cacheEntry(index.toString(16).padStart(64, '0')));
  expect(new Set(entries.map(tagOf)).size).toBe(256);
  expect(new Set(keys.purgeTokens('').map(tagOf))).toEqual(new Set(entries.map(tagOf)));
  expect(new Set(keys.probes.map(tagOf))).toEqual(new Set(entries.map(tagOf)));
  expect(new Set(Array.from({ length: 2_000 }, (_, index) => tagOf(keys.state('r', 's', `${index}`)))).size).toBe(256);
});

test('in a cluster the pattern of entries matches those of every part and of no other prefix', () => {
  const keys = new Keyspace('p', true);
  expect(keys.cacheEntries('ab')).toBe('{p/??}:cache:entry:ab*');
  expect(keys.cacheKeyOf(keys.cacheEntry('abc.def'))).toBe('abc.def');
  expect(new Keyspace('p/0', true).cacheEntry('k')).toMatch(/^\{p%2f0\//);
});
