import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeFrame, FrameReader } from './websocket-frames.ts';

const MASK = Buffer.from([1, 2, 3, 4]);

/** A frame with the length written in the shortest form, or in a longer one. */
function frame(opcode: number, bytes: number, masked: boolean, form: 7 | 16 | 64 = 7): Buffer {
  const bit = masked ? 0x80 : 0;
  const head = [0x80 | opcode];
  if (form === 64) head.push(127 | bit, 0, 0, 0, 0, 0, 0, bytes >> 8, bytes & 255);
  else if (form === 16 || bytes > 125) head.push(126 | bit, bytes >> 8, bytes & 255);
  else head.push(bytes | bit);
  return Buffer.concat([Buffer.from(head), masked ? MASK : Buffer.alloc(0), Buffer.alloc(bytes, 0x88)]);
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    bytes: fc.oneof(fc.nat(3), fc.nat(600)),
    masked: fc.boolean(),
    form: fc.constantFrom(7, 16, 64),
  }),
  { minLength: 1, maxLength: 5 },
);

test('in any pieces, a boundary is seen exactly where a frame ends', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(3_000)), (specs, cuts) => {
      const parts = specs.map(({ opcode, bytes, masked, form }) => frame(opcode, bytes, masked, form));
      const stream = Buffer.concat(parts);
      const ends = parts.map((_part, index) => parts.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0));
      const reader = new FrameReader();
      let from = 0;
      for (const cut of [...cuts.filter((one) => one < stream.length).toSorted((a, b) => a - b), stream.length]) {
        const first = reader.push(stream.subarray(from, cut));
        expect(reader.atBoundary).toBe(cut === 0 || ends.includes(cut));
        const next = ends.find((end) => end > from && end <= cut);
        expect(first).toBe(next === undefined ? -1 : next - from);
        from = cut;
      }
      expect(reader.closing).toBe(false);
    }),
  );
});

test('a close frame is seen as such, byte by byte, masked or not', () => {
  for (const bytes of [closeFrame(1001, 'away'), closeFrame(1001, 'away', MASK)]) {
    const reader = new FrameReader();
    for (const byte of bytes) {
      expect(reader.atBoundary).toBe(byte === bytes[0]);
      reader.push(Buffer.from([byte]));
    }
    expect(reader.closing).toBe(true);
    expect(reader.atBoundary).toBe(true);
  }
});

test('a close frame has its code and reason, masked only towards a server', () => {
  expect(closeFrame(1001, 'a')).toEqual(Buffer.from([0x88, 3, 0x03, 0xe9, 0x61]));
  expect(closeFrame(1001, 'abc', MASK)).toEqual(
    Buffer.from([0x88, 0x85, 1, 2, 3, 4, 0x03 ^ 1, 0xe9 ^ 2, 0x61 ^ 3, 0x62 ^ 4, 0x63 ^ 1]),
  );
});
