import type { Picture } from '../../generation/picture.ts';
import { BitWriter } from './bits.ts';

const BLOCK = 8;
const CATEGORIES = 12;

function segment(marker: number, data: readonly number[]): readonly number[] {
  const length = data.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...data];
}

/** A difference of brightness as its category and the bits after it (ITU-T T.81, F.1.2.1). */
function writeDifference(bits: BitWriter, difference: number): void {
  const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
  bits.write(category, 4);
  bits.write(difference < 0 ? difference + (1 << category) - 1 : difference, category);
}

function scan({ width, height, cells, filled, colour }: Picture): readonly number[] {
  const bits = new BitWriter('most');
  const dark = Math.round(colour[0] * 0.299 + colour[1] * 0.587 + colour[2] * 0.114);
  let before = 0;
  for (let y = 0; y < height; y += BLOCK) {
    for (let x = 0; x < width; x += BLOCK) {
      const on = filled(Math.floor((y * cells) / height), Math.floor((x * cells) / width));
      const level = (on ? dark : 240) - 128;
      writeDifference(bits, level - before);
      before = level;
      // Nothing but the block's brightness: its end follows at once.
      bits.write(0, 1);
    }
  }
  return bits.bytes(1).flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
}

/** The picture in grey as baseline JPEG (ITU-T T.81), a brightness for every block of 8 × 8. */
export function jpeg(picture: Picture): Buffer {
  const { width, height } = picture;
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  const differences = Array.from({ length: CATEGORIES }, (_, category) => category);
  return Buffer.from([
    0xff,
    0xd8,
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    // Steps of 8: a block's brightness is eight times its mean.
    ...segment(0xdb, [0, ...Array<number>(64).fill(8)]),
    ...segment(0xc0, frame),
    // Twelve codes of four bits for the differences, one of one bit for the end of a block.
    ...segment(0xc4, [0, 0, 0, 0, CATEGORIES, ...Array<number>(12).fill(0), ...differences]),
    ...segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...scan(picture),
    0xff,
    0xd9,
  ]);
}
