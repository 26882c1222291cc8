import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataBytes, dataRange, encodeEvent, parseEvent, replaceData } from './sse-event.ts';

test.each([
  ['data: {"a":1}\n\n', { data: '{"a":1}' }],
  ['data:{"a":1}\n\n', { data: '{"a":1}' }],
  ['event: error\ndata: x\n\n', { event: 'error', data: 'x' }],
  ['data: a\r\ndata:  b\r\nid: 7\r\n\r\n', { data: 'a\n b', id: '7' }],
  ['data: a\rdata: b\r\r', { data: 'a\nb' }],
  ['\uFEFFdata: bom\n\n', { data: 'bom' }],
  [': comment\n\n', { data: '' }],
  ['data\n\n', { data: '' }],
  ['database: 1\nretry: 5\n\n', { data: '' }],
  ['data: [DONE]', { data: '[DONE]' }],
])('the fields of %j are read', (text, fields) => {
  expect(parseEvent(Buffer.from(text))).toEqual(fields);
});

test('the payload of a single data line is found without decoding it', () => {
  for (const text of [
    'event: x\ndata: {"é":1}\n\n',
    'data:{"é":1}\r\n\r\n',
    '\uFEFFdata: {"é":1}\r\r',
    'id: 1\rdata: {"é":1}',
  ]) {
    const event = Buffer.from(text);
    const range = dataRange(event)!;
    expect(event.subarray(range.start, range.end).toString()).toBe('{"é":1}');
  }
  expect(dataRange(Buffer.from('data: a\ndata: b\n\n'))).toBeUndefined();
  expect(dataRange(Buffer.from(': c\n\n'))).toBeUndefined();
  expect(dataBytes(Buffer.from('data: a\ndata: b\n\n'))?.toString()).toBe('a\nb');
  expect(dataBytes(Buffer.from(': c\n\n'))).toBeUndefined();
});

test('a payload is replaced and the other lines stay as they are', () => {
  const put = (text: string) => replaceData(Buffer.from(text), Buffer.from('{"b":2}')).toString();
  expect(put(': c\r\nevent: x\r\ndata:{"a":1}\r\nid: 3\r\n\r\n')).toBe(
    ': c\r\nevent: x\r\ndata:{"b":2}\r\nid: 3\r\n\r\n',
  );
  expect(put('event: x\ndata: {"a":\ndata: 1}\n\n')).toBe('event: x\ndata: {"b":2}\n\n');
});

test('what is written is read back, by us and by another parser', () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', '.', 'é') });
  const event = fc.record(
    { event: name, id: name, data: fc.string({ minLength: 1, unit: fc.constantFrom('x', '\n', ':', ' ', '😀', '"') }) },
    { requiredKeys: ['data'] },
  );
  fc.assert(
    fc.property(event, (fields) => {
      const bytes = encodeEvent(fields);
      expect(parseEvent(bytes)).toEqual(fields);
      const seen: unknown[] = [];
      createParser({ onEvent: ({ event, id, data }) => seen.push({ event, id, data }) }).feed(bytes.toString());
      expect(seen).toEqual([{ event: undefined, id: undefined, ...fields }]);
    }),
  );
});
