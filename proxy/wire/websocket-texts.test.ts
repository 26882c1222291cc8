import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from './websocket-frames.ts';
import { TEXT_LIMIT, TextMessages } from './websocket-texts.ts';

const TEXT = 1;
const BINARY = 2;
const PING = 9;

interface FrameForm {
  readonly opcode: number;
  readonly last?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
}

function frame(payload: string | Buffer, { opcode, last = true, reserved = 0, masked = false }: FrameForm): Buffer {
  const bytes = Buffer.from(payload);
  const bit = masked ? 0x80 : 0;
  const head = Buffer.alloc(10);
  head[0] = (last ? 0x80 : 0) | reserved | opcode;
  head[1] = 127 | bit;
  head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

function reading(): { reader: FrameReader; messages: TextMessages; texts: string[] } {
  const texts: string[] = [];
  const messages = new TextMessages((text) => texts.push(text.toString()));
  return { reader: new FrameReader(messages), messages, texts };
}

test('texts are read in any pieces, joined over their frames, with control frames between them', () => {
  const message = fc.record({
    opcode: fc.constantFrom(TEXT, BINARY),
    parts: fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
    ping: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 60 })), (specs, sizes) => {
      const stream = Buffer.concat(
        specs.flatMap(({ opcode, parts, ping }) =>
          parts.flatMap((part, index) => [
            frame(part, { opcode: index === 0 ? opcode : 0, last: index === parts.length - 1 }),
            ...(ping ? [frame('ping', { opcode: PING })] : []),
          ]),
        ),
      );
      const { reader, messages, texts } = reading();
      let at = 0;
      for (const size of sizes) {
        reader.push(stream.subarray(at, at + size));
        at += Math.min(size, stream.length - at);
      }
      reader.push(stream.subarray(at));
      const expected = specs.filter(({ opcode }) => opcode === TEXT).map(({ parts }) => parts.join(''));
      expect(texts).toEqual(expected.filter((text) => text !== ''));
      expect(messages.skipped).toBe(0);
    }),
  );
});

test('a text that is too long, compressed or masked is skipped and counted; the next one is read', () => {
  const { reader, messages, texts } = reading();
  const longest = 'x'.repeat(TEXT_LIMIT);
  reader.push(frame(longest, { opcode: TEXT }));
  expect(texts.splice(0)).toEqual([longest]);
  reader.push(frame(longest, { opcode: TEXT, last: false }));
  reader.push(frame('y', { opcode: 0 }));
  reader.push(frame('compressed', { opcode: TEXT, reserved: 0x40 }));
  reader.push(frame('masked', { opcode: TEXT, masked: true }));
  expect(messages.skipped).toBe(3);
  reader.push(frame('read', { opcode: TEXT }));
  expect(texts).toEqual(['read']);
});
