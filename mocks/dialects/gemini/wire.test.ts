import { expect, test } from 'vitest';
import { pretty } from '../json.ts';
import { document, members, spaced, streamEvents } from './wire.ts';

const CHUNKS = ['{"a":{"b":[1,2],"c":"x: y, \\"z\\""}}', '{"d":[]}'].map((body) => ({
  body,
  tokens: 1,
  kind: 'content' as const,
}));

function bytesOf(form: 'sse' | 'array', chunks = CHUNKS): string {
  return [...streamEvents(() => chunks, form)].map(({ bytes }) => bytes).join('');
}

test('events have a space after each colon and none after commas, and end with CRLF CRLF', () => {
  expect(bytesOf('sse')).toBe('data: {"a": {"b": [1,2],"c": "x: y, \\"z\\""}}\r\n\r\ndata: {"d": []}\r\n\r\n');
});

test('the array form begins, parts and ends as it was recorded', () => {
  const text = bytesOf('array');
  expect(text.startsWith('[{\n  "a": {')).toBe(true);
  expect(text).toContain('\n}\n,\r\n{\n');
  expect(text.endsWith('\n}\n]')).toBe(true);
  expect(JSON.parse(text)).toEqual(CHUNKS.map(({ body }): unknown => JSON.parse(body)));
  expect(bytesOf('array', [])).toBe('[]');
});

test('spaced text is the same JSON, whatever stands in its strings', () => {
  const value = { 'a:b': '\\":,{', n: [{ m: -1.5e3 }], empty: {} };
  expect(JSON.parse(spaced(JSON.stringify(value)))).toEqual(value);
  expect(spaced('{"a\\\\":1}')).toBe('{"a\\\\": 1}');
});

test('members without a value are left out; a document ends with a line break', () => {
  expect(members({ a: '1', b: undefined, c: '""' })).toBe('{"a":1,"c":""}');
  expect(document('{"a":1}')).toBe(`${pretty('{"a":1}')}\n`);
});
