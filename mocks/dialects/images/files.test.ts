import { expect, test } from 'vitest';
import { pictureOf } from '../../generation/picture.ts';
import { jpeg } from './jpeg.ts';
import { png } from './png.ts';
import { webp } from './webp.ts';

const picture = pictureOf('a red fox', 256, 128);

/** Brightness of every block of a JPEG that has nothing but that: Huffman codes of four bits and one. */
function blocksOf(file: Buffer): readonly number[] {
  const scan = file.subarray(file.indexOf(Buffer.from([0xff, 0xda])) + 10, -2);
  const bytes = [...scan].filter((byte, at) => !(byte === 0 && scan[at - 1] === 0xff));
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const levels: number[] = [];
  let at = 0;
  let level = 0;
  const take = (count: number): string => bits.slice(at, (at += count));
  while (levels.length < (256 / 8) * (128 / 8)) {
    const category = Number.parseInt(take(4), 2);
    const value = category === 0 ? 0 : Number.parseInt(take(category), 2);
    level += category === 0 || value >= 1 << (category - 1) ? value : value - (1 << category) + 1;
    expect(take(1)).toBe('0');
    levels.push(level + 128);
  }
  expect(bits.slice(at)).toMatch(/^1{0,7}$/);
  return levels;
}

test('the blocks of a JPEG are the cells of the picture', () => {
  const file = jpeg(picture);
  const blocks = blocksOf(file);
  const light = (row: number, column: number): boolean =>
    !picture.filled(Math.floor((row * 8 * 16) / 128), Math.floor((column * 8 * 16) / 256));
  expect(new Set(blocks).size).toBe(2);
  for (const [at, block] of blocks.entries()) expect(block === 240).toBe(light(Math.floor(at / 32), at % 32));
});

test('a WebP file tells its size and its one colour', () => {
  const file = webp(picture);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  const bits = [...file.subarray(21)].map((byte) => byte.toString(2).padStart(8, '0').split('').toReversed().join(''));
  const text = bits.join('');
  const number = (from: number, count: number): number =>
    Number.parseInt(
      text
        .slice(from, from + count)
        .split('')
        .toReversed()
        .join(''),
      2,
    );
  expect([number(0, 14) + 1, number(14, 14) + 1, number(28, 7)]).toEqual([256, 128, 0]);
  const symbols = [0, 1, 2, 3].map((at) => number(35 + at * 11 + 3, 8));
  const [red, green, blue] = picture.colour;
  expect(symbols).toEqual([green, red, blue, 255]);
});

test('a transparent PNG says so, and the coarser picture is another one', () => {
  expect(png(picture, true).includes('tRNS')).toBe(true);
  expect(png(picture).includes('tRNS')).toBe(false);
  expect(png(pictureOf('a red fox', 256, 128, 4)).equals(png(picture))).toBe(false);
});
