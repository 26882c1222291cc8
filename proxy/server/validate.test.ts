import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { assertPlainRequest, readTarget } from './validate.ts';

function request(url: string, headers: [string, string][] = [['host', 'proxy:4000']]): IncomingMessage {
  const merged = Object.fromEntries(headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
  return { url, headers: merged, rawHeaders: headers.flat() } as unknown as IncomingMessage;
}

test.each([
  ['/v1/models?a=b', { path: '/v1/models', query: 'a=b' }],
  ['http://proxy:4000/v1/models?a', { path: '/v1/models', query: 'a' }],
  ['/v1/models/a..b', { path: '/v1/models/a..b', query: '' }],
])('%s is taken', (url, target) => {
  expect(readTarget(request(url))).toEqual(target);
});

test.each([
  'http://other/v1/models',
  'v1/models',
  '*',
  '/v1/../admin',
  '/v1/./models',
  '/v1/%2e%2e/admin',
  '/v1/%2E./admin',
  '/v1/..%2fadmin',
  '/v1/..\\admin',
  '/v1/..',
])('%s is refused', (url) => {
  expect(() => readTarget(request(url))).toThrow('is refused');
});

test('two Host headers and foreign transfer encodings are refused', () => {
  expect(() => assertPlainRequest(request('/'))).not.toThrow();
  const twice = request('/', [
    ['Host', 'a'],
    ['host', 'b'],
  ]);
  expect(() => assertPlainRequest(twice)).toThrow('more than one Host');
  const gzip = request('/', [
    ['host', 'a'],
    ['transfer-encoding', 'gzip, chunked'],
  ]);
  expect(() => assertPlainRequest(gzip)).toThrow('transfer encoding');
});
