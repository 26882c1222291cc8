import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { IMAGE_FILES } from './files.ts';

const picture = { text: 'a red fox', width: 250, height: 129 };
const { png, jpeg, webp } = IMAGE_FILES;

test.each(Object.entries(IMAGE_FILES))('equal texts give equal files as %s, others differ', (_format, file) => {
  expect(file(picture).equals(file({ ...picture }))).toBe(true);
  expect(file(picture).equals(file({ ...picture, text: 'a blue fox' }))).toBe(false);
  expect(file(picture).equals(file({ ...picture, width: 251 }))).toBe(false);
});

test('a PNG has the lines of its size, and says when it is transparent', () => {
  const file = png(picture);
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([250, 129]);
  const at = file.indexOf('IDAT');
  expect(inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)))).toHaveLength((32 + 1) * 129);
  expect(file.includes('tRNS')).toBe(false);
  expect(png({ ...picture, transparent: true }).includes('tRNS')).toBe(true);
});

test('a JPEG has two bits for each of its blocks, and ones behind them', () => {
  const file = jpeg(picture);
  const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
  expect([file.readUInt16BE(frame + 5), file.readUInt16BE(frame + 7)]).toEqual([129, 250]);
  const scan = file.subarray(file.indexOf(Buffer.from([0xff, 0xda])) + 10, -2);
  const blocks = 32 * 17;
  expect(scan).toHaveLength(Math.ceil((blocks * 2) / 8));
  expect(scan.every((byte) => byte === 0)).toBe(true);
  const uneven = jpeg({ ...picture, width: 8, height: 8 });
  expect([...uneven.subarray(-3)]).toEqual([0b00111111, 0xff, 0xd9]);
  expect(file.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
});

test('a WebP file tells its size and its one colour', () => {
  const file = webp(picture);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  const bits = BigInt(`0x${Buffer.from(file.subarray(21).toReversed()).toString('hex')}`);
  const number = (from: number, count: number): number => Number(BigInt.asUintN(count, bits >> BigInt(from)));
  expect([number(0, 14) + 1, number(14, 14) + 1, number(28, 7)]).toEqual([250, 129, 0]);
  const palette = png(picture);
  const [red, green, blue] = palette.subarray(palette.indexOf('PLTE') + 4);
  expect([0, 1, 2, 3].map((at) => number(35 + at * 11 + 3, 8))).toEqual([green, red, blue, 255]);
});
