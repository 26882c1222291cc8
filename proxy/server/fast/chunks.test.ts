import { expect, test } from 'vitest';
import { readChunks } from './chunks.ts';

function read(text: string): unknown {
  const body = readChunks(Buffer.from(`head${text}`, 'latin1'), 4);
  return typeof body === 'string' ? body : { chunks: body.chunks.map(String), end: body.end - 4 };
}

const BODY = '3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n';

test('a chunked body is read to its end', () => {
  expect(read(BODY)).toEqual({ chunks: ['abc', '0123456789'], end: BODY.length });
  expect(read(`${BODY}POST`)).toEqual({ chunks: ['abc', '0123456789'], end: BODY.length });
});

test('it is not whole anywhere before', () => {
  for (let at = 0; at < BODY.length; at += 1) expect([at, read(BODY.slice(0, at))]).toEqual([at, 'more']);
});

test.each([
  ['an extension', '3;a\r\nabc\r\n0\r\n\r\n'],
  ['a blank', '3 \r\nabc\r\n0\r\n\r\n'],
  ['a zero before a size', '03\r\nabc\r\n0\r\n\r\n'],
  ['a zero too many at the end', '3\r\nabc\r\n00\r\n\r\n'],
  ['a trailer', '3\r\nabc\r\n0\r\na: b\r\n\r\n'],
  ['a bare LF', '3\nabc\r\n0\r\n\r\n'],
  ['a bare LF behind a chunk', '3\r\nabc\n0\r\n\r\n'],
  ['a chunk that is too long', '3\r\nabcd\r\n0\r\n\r\n'],
  ['no size', '\r\nabc\r\n0\r\n\r\n'],
  ['a size of seven digits', '1000000\r\n'],
  ['no chunk', '0\r\n\r\n'],
  ['a sign', '-3\r\nabc\r\n0\r\n\r\n'],
])('%s is odd', (_what, text) => {
  expect(read(text)).toBe('odd');
});
