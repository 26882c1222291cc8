import { expect, test } from 'vitest';
import { HEAD_BYTES, readHead } from './head.ts';

const PLAIN = 'POST /v1/x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nX-A: \t b c \r\n\r\n{"a":1}';

function verdict(text: string): ReturnType<typeof readHead> {
  return readHead(Buffer.from(text, 'latin1'));
}

test('a plain head is read as it stands', () => {
  expect(verdict(PLAIN)).toEqual({
    method: 'POST',
    url: '/v1/x?y',
    headers: { host: 'a', 'content-length': '12', 'x-a': 'b c' },
    rawHeaders: ['Host', 'a', 'Content-Length', '12', 'X-A', 'b c'],
    size: PLAIN.indexOf('{'),
    length: 12,
  });
  expect(verdict(PLAIN.replace('Content-Length: 12', 'transfer-encoding: chunked'))).toMatchObject({
    length: undefined,
  });
});

test('a head that is not whole may become plain, or is odd already', () => {
  const end = PLAIN.indexOf('{');
  for (let at = 0; at < end; at += 1) expect([at, verdict(PLAIN.slice(0, at))]).toEqual([at, 'more']);
  expect(verdict('GET')).toBe('odd');
  expect(verdict('\r\nPOST')).toBe('odd');
  expect(verdict('POST / HTTP/1.1\nhost')).toBe('odd');
  expect(verdict(`POST /${'x'.repeat(HEAD_BYTES)}`)).toBe('odd');
});

test.each([
  ['bytes beyond ASCII', 'X-A: \u00e9'],
  ['a control character', 'X-A: \u0001'],
  ['a name twice', 'HOST: a'],
  ['a name of every object', '__proto__: a'],
  ['a blank before the colon', 'X-B : a'],
  ['an empty value', 'X-B: '],
  ['a folded line', ' b'],
  ['an expectation', 'Expect: 100-continue'],
  ['an option of the connection', 'Connection: close'],
  ['a second statement of the length', 'Transfer-Encoding: chunked'],
])('%s makes a head odd', (_what, line) => {
  expect(verdict(PLAIN.replace('X-A: \t b c ', line))).toBe('odd');
});

test.each(['012', '+12', '-12', '1e2', '12, 12', '0', '1234567890', '0x12'])('the length %s is odd', (length) => {
  expect(verdict(PLAIN.replace('12', length))).toBe('odd');
});
