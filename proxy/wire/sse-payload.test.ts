import { expect, test } from 'vitest';
import { payloadOf } from './sse-payload.ts';

test.each([
  ['data: {"a":1}\n\n', '{"a":1}'],
  ['\ufeffdata:{"a":1}\n\n', '{"a":1}'],
  ['event: x\r\ndata: {"é":\r\ndata: 1}\r\nid: 7\r\n\r\n', '{"é":\n1}'],
  ['data: {\ndata\ndata:  "a":1}\n\n', '{\n\n "a":1}'],
  ['data\n\n', ''],
])('the payload of %j is %j, and each of its bytes has its place', (event, expected) => {
  const bytes = Buffer.from(event);
  const payload = payloadOf(bytes)!;
  expect(payload.bytes.toString()).toBe(expected);
  for (const [at, byte] of payload.bytes.entries()) {
    // Lines are joined with a line feed that stands nowhere in the event.
    if (byte !== 10) expect(bytes[payload.placeOf(at)]).toBe(byte);
  }
});

test('an event without data has no payload', () => {
  expect(payloadOf(Buffer.from('event: x\n: note\n\n'))).toBeUndefined();
});

test('a place beyond the payload is refused', () => {
  const payload = payloadOf(Buffer.from('data: a\ndata: b\n\n'))!;
  expect(payload.placeOf(3)).toBe(15);
  expect(() => payload.placeOf(4)).toThrow(RangeError);
});
