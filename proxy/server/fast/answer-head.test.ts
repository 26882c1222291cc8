import { expect, test } from 'vitest';
import { AnswerHeads } from './answer-head.ts';

const heads = new AnswerHeads(75);
const DATE = /Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/;

function text(status: number, headers: readonly string[]): string {
  return heads.write(status, headers).text.replace(DATE, 'Date: now\r\n');
}

test('what is missing follows what is given', () => {
  expect(text(200, ['content-length', '2', 'X-A', 'b'])).toBe(
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-A: b\r\nDate: now\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n',
  );
  expect(text(299, ['date', 'then', 'Connection', 'CLOSE'])).toBe(
    'HTTP/1.1 299 unknown\r\ndate: then\r\nConnection: CLOSE\r\ntransfer-encoding: chunked\r\n\r\n',
  );
});

test('a body is chunked where its length is not given, and some answers have none', () => {
  expect(heads.write(200, ['content-length', '2'])).toMatchObject({ chunked: false, hasBody: true, last: false });
  expect(heads.write(200, [])).toMatchObject({ chunked: true, hasBody: true });
  expect(heads.write(204, ['connection', 'close'])).toMatchObject({ chunked: false, hasBody: false, last: true });
});

test('what would break the head is refused', () => {
  expect(() => heads.write(200, ['x-a', 'b\r\nc: d'])).toThrow('Invalid character');
  expect(() => heads.write(200, ['x a', 'b'])).toThrow('Header name must be a valid HTTP token');
  expect(() => heads.write(100, [])).toThrow('invalid status');
});
