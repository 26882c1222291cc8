import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { secretFilter } from './secret-filter.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: { 'x-tenant': 'tenant' },
};

function filtered(status: number, ...pieces: readonly string[]): Promise<string> {
  return text(Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(secretFilter(endpoint, status)!));
}

test('an error loses the key and the configured headers, however it is cut, and keeps its length', async () => {
  expect(await filtered(400, 'key sk-our', '-own-key of ten', 'ant')).toBe('key ************** of ******');
});

test('any other answer loses the key alone', async () => {
  expect(await filtered(399, 'key sk-our', '-own-key of ten', 'ant sk-our')).toBe(
    'key ************** of tenant sk-our',
  );
});

test('where there is nothing to hide there is no filter', () => {
  const open: Endpoint = { ...endpoint, credential: { kind: 'forward' } };
  expect(secretFilter(open, 200)).toBeUndefined();
  expect(secretFilter(open, 400)).toBeDefined();
  expect(secretFilter({ ...open, headers: {} }, 400)).toBeUndefined();
});
