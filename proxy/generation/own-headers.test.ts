import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { cleanAnswerHeaders, cleanHeaderPairs, readSubprotocols } from './own-headers.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our+own/key' },
  weight: 1,
  headers: { 'x-tier': 'application/json' },
};

test('an answer that repeats a key in a header loses it, spelled for an address too', () => {
  const headers = {
    location: 'https://files.example/a?key=sk-our%2Bown%2Fkey&again=sk-our+own/key',
    'set-cookie': ['a=b', 'key=sk-our+own/key'],
    'content-type': 'application/json',
  };
  expect(cleanAnswerHeaders(headers, endpoint)).toEqual({
    location: 'https://files.example/a?key=***&again=***',
    'set-cookie': ['a=b', 'key=***'],
    'content-type': 'application/json',
  });
});

test('headers that were chosen lose it as well', () => {
  const pairs = [
    ['openai-echo', 'Bearer sk-our+own/key'],
    ['x-tier', 'application/json'],
  ] as const;
  expect(cleanHeaderPairs(pairs, endpoint)).toEqual([['openai-echo', 'Bearer ***'], pairs[1]]);
});

test('headers that repeat nothing are the same object', () => {
  const headers = { location: '/v1/files/1', 'set-cookie': ['a=b'], 'x-odd': undefined };
  expect(cleanAnswerHeaders(headers, endpoint)).toBe(headers);
  const other = { location: 'sk-our+own/key' };
  expect(cleanAnswerHeaders(other, { ...endpoint, credential: { kind: 'forward' } })).toBe(other);
});

test.each([
  [undefined, undefined, undefined],
  ['', undefined, undefined],
  ['realtime', 'realtime', undefined],
  ['realtime, openai-insecure-api-key.sk-browser', 'realtime', 'sk-browser'],
  [
    'OpenAI-Insecure-Api-Key.sk-browser,realtime ,openai-beta.realtime-v1',
    'realtime, openai-beta.realtime-v1',
    'sk-browser',
  ],
  ['openai-insecure-api-key.ek_1', undefined, 'ek_1'],
  ['openai-insecure-api-key.', undefined, undefined],
  ['realtime,openai-organization.org-1,openai-project.proj_1', 'realtime', undefined],
  ['openai-insecure-api-key.a,openai-insecure-api-key.b', undefined, 'a'],
])('of the subprotocols %s an endpoint sees %s, and the caller brought the key %s', (header, offered, credential) => {
  expect(readSubprotocols(header)).toEqual({ offered, credential });
});
