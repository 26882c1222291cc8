import { createHash } from 'node:crypto';
import type { Speech } from '../spoken.ts';
import { checksum } from './checksum.ts';
import { xiphComments } from './comments.ts';
import { SAMPLE_RATE } from './wav.ts';

const BLOCK = 4096;
const LAST = 0x80;

function block(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  head[0] = type;
  return Buffer.concat([head, data]);
}

function streamInfo(samples: number): Buffer {
  const data = Buffer.alloc(18);
  data.writeUInt16BE(BLOCK, 0);
  data.writeUInt16BE(BLOCK, 2);
  // Bytes 4 to 9: frame sizes, unknown. Then rate (20 bits), channels - 1 (3), bits - 1 (5), samples (36).
  data.writeUInt32BE(((SAMPLE_RATE << 12) | (15 << 4)) >>> 0, 10);
  data.writeUInt32BE(samples, 14);
  const md5 = createHash('md5')
    .update(Buffer.alloc(samples * 2))
    .digest();
  return Buffer.concat([data, md5]);
}

/** Frame numbers are coded as UTF-8 codes characters. */
function coded(number: number): readonly number[] {
  return [...Buffer.from(String.fromCodePoint(number))];
}

/** A frame of silence: one constant. */
function frame(number: number): Buffer {
  // Sync with fixed block size; 4,096 samples at the rate of the stream info; one channel of 16 bits.
  const head = Buffer.from([0xff, 0xf8, 0xc0, 0x08, ...coded(number)]);
  const body = Buffer.concat([head, Buffer.from([checksum(head, 8, 0x07), 0, 0, 0])]);
  const sum = Buffer.alloc(2);
  sum.writeUInt16BE(checksum(body, 16, 0x8005));
  return Buffer.concat([body, sum]);
}

/** Silence as FLAC (RFC 9639). */
export function flac({ text, seconds }: Speech): Buffer {
  const frames = Math.ceil((seconds * SAMPLE_RATE) / BLOCK);
  return Buffer.concat([
    Buffer.from('fLaC'),
    block(0, streamInfo(frames * BLOCK)),
    block(4 | LAST, xiphComments(text)),
    ...Array.from({ length: frames }, (_, number) => frame(number)),
  ]);
}
