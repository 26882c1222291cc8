import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from '../../generation/picture.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

function header(width: number, height: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  // Eight bits a pixel, an index into the palette; no interlacing.
  data.set([8, 3, 0, 0, 0], 8);
  return data;
}

/** One scanline of a row of cells: a filter byte, then an index a pixel. */
function scanline(picture: Picture, row: number): Buffer {
  const line = Buffer.alloc(picture.width + 1);
  for (let column = 0; column < picture.cells; column += 1) {
    if (!picture.filled(row, column)) continue;
    const from = Math.floor((column * picture.width) / picture.cells);
    const to = Math.floor(((column + 1) * picture.width) / picture.cells);
    line.fill(1, from + 1, to + 1);
  }
  return line;
}

/** The picture as PNG (W3C PNG, second edition); with `transparent` its background is. */
export function png(picture: Picture, transparent = false): Buffer {
  const { width, height, cells } = picture;
  const lines = Array.from({ length: cells }, (_, row) => scanline(picture, row));
  const empty = Buffer.alloc(width + 1);
  const rows = Array.from({ length: height }, (_, y) => lines[Math.floor((y * cells) / height)] ?? empty);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(width, height)),
    chunk('PLTE', Buffer.from([240, 240, 240, ...picture.colour])),
    ...(transparent ? [chunk('tRNS', Buffer.from([0, 255]))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 3 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
