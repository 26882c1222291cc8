import type { Picture } from '../../generation/picture.ts';
import { BitWriter } from './bits.ts';

/** A prefix code of one symbol: its pixels take no bits. */
function onlySymbol(bits: BitWriter, symbol: number): void {
  bits.write(1, 1);
  bits.write(0, 1);
  bits.write(1, 1);
  bits.write(symbol, 8);
}

/** The picture's colour alone, as lossless WebP (RFC 9649): an image of one colour needs no pixel data. */
export function webp({ width, height, colour }: Picture): Buffer {
  const bits = new BitWriter('least');
  bits.write(width - 1, 14);
  bits.write(height - 1, 14);
  // No alpha, version 0, no transform, no colour cache, one group of codes.
  bits.write(0, 1 + 3 + 1 + 1 + 1);
  const [red, green, blue] = colour;
  for (const symbol of [green, red, blue, 255, 0]) onlySymbol(bits, symbol);
  const data = Buffer.from([0x2f, ...bits.bytes(0)]);
  const padded = Buffer.concat([data, Buffer.alloc(data.length % 2)]);
  const head = Buffer.alloc(20);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(12 + padded.length, 4);
  head.write('WEBPVP8L', 8, 'latin1');
  head.writeUInt32LE(data.length, 16);
  return Buffer.concat([head, padded]);
}
