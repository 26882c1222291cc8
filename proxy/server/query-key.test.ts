import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { takeQueryKey } from './query-key.ts';

test.each([
  ['key=AIza1', '', 'AIza1'],
  ['alt=sse&key=AIza%2B1', 'alt=sse', 'AIza+1'],
  ['key=a&alt=sse&key=b', 'alt=sse', 'a'],
  ['k%65y=a&monkey=b', 'monkey=b', 'a'],
  ['key', '', ''],
  ['alt=sse', 'alt=sse', undefined],
  ['', '', undefined],
  ['%zz=key', '%zz=key', undefined],
])('%j leaves %j, and the header %j', (query, kept, key) => {
  const headers: IncomingHttpHeaders = {};
  expect([takeQueryKey(query, headers), headers['x-goog-api-key']]).toEqual([kept, key]);
});

test('a key in a header stays the one that counts', () => {
  const headers: IncomingHttpHeaders = { 'x-goog-api-key': 'header' };
  expect([takeQueryKey('key=query', headers), headers['x-goog-api-key']]).toEqual(['', 'header']);
});
