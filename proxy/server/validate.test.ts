import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { assertPlainRequest } from './validate.ts';

function request(headers: [string, string][], minor = 1): IncomingMessage {
  const merged = Object.fromEntries(headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
  const version = { httpVersionMajor: 1, httpVersionMinor: minor };
  return { ...version, headers: merged, rawHeaders: headers.flat() } as unknown as IncomingMessage;
}

test('two Host headers and foreign transfer encodings are refused', () => {
  expect(() => assertPlainRequest(request([['host', 'a']]))).not.toThrow();
  expect(() => assertPlainRequest(request([]))).not.toThrow();
  const alike: [string, string][] = [
    ['host', 'a'],
    ['from', 'b'],
    ['hosts', 'c'],
  ];
  expect(() => assertPlainRequest(request(alike))).not.toThrow();
  const twice = request([
    ['Host', 'a'],
    ['from', 'c'],
    ['host', 'b'],
  ]);
  expect(() => assertPlainRequest(twice)).toThrow('more than one Host');
  expect(() => assertPlainRequest(request([['transfer-encoding', 'gzip, chunked']]))).toThrow('transfer encoding');
});

test('a transfer encoding is known to HTTP/1.1 alone', () => {
  const chunked: [string, string][] = [['transfer-encoding', 'Chunked']];
  expect(() => assertPlainRequest(request(chunked))).not.toThrow();
  expect(() => assertPlainRequest(request(chunked, 0))).toThrow('HTTP/1.0 has no transfer encoding');
  expect(() => assertPlainRequest(request([['host', 'a']], 0))).not.toThrow();
});
