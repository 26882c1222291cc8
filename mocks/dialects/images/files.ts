import { crc32, deflateSync } from 'node:zlib';
import { hashOf } from '../../generation/hash.ts';

export interface Picture {
  /** What it shows. Equal texts give equal pictures, others differ. */
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** Of a PNG. */
  readonly transparent?: boolean | undefined;
}

/** Red, green, blue: the whole picture is of one colour. */
function colourOf(text: string): readonly [number, number, number] {
  const seed = hashOf(text);
  return [seed & 255, (seed >>> 8) & 255, (seed >>> 16) & 255];
}

const PNG_SIGNATURE = Buffer.from('iVBORw0KGgo=', 'base64');

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** One bit a pixel, all of them the first colour of the palette. */
function png({ text, width, height, transparent }: Picture): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    pngChunk('PLTE', Buffer.from(colourOf(text))),
    ...(transparent === true ? [pngChunk('tRNS', Buffer.from([0]))] : []),
    pngChunk('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Baseline JPEG in grey; its code tables spend one bit on "as bright as the last block" and one on the block's end. */
const JPEG_HEAD = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAj/wAALCAAAAAABAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8A',
  'base64',
);
/** Behind the segment that has to come first. */
const JPEG_JFIF_END = 20;
const JPEG_HEIGHT_AT = 94;
const JPEG_END = Buffer.from([0xff, 0xd9]);
const JPEG_COMMENT = 0xfe;

function jpeg({ text, width, height }: Picture): Buffer {
  const head = Buffer.from(JPEG_HEAD);
  head.writeUInt16BE(height, JPEG_HEIGHT_AT);
  head.writeUInt16BE(width, JPEG_HEIGHT_AT + 2);
  const bits = Math.ceil(width / 8) * Math.ceil(height / 8) * 2;
  const scan = Buffer.alloc(Math.ceil(bits / 8));
  // What is left of the last byte is filled with ones.
  scan[scan.length - 1] = 0xff >> (bits % 8 || 8);
  const comment = Buffer.from([0xff, JPEG_COMMENT, 0, 5, ...colourOf(text)]);
  return Buffer.concat([head.subarray(0, JPEG_JFIF_END), comment, head.subarray(JPEG_JFIF_END), scan, JPEG_END]);
}

/** A lossless WebP of one colour has the same length whatever its size. */
const WEBP_HEAD = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAv', 'base64');

function webp({ text, width, height }: Picture): Buffer {
  const [red, green, blue] = colourOf(text);
  // A code with one symbol for each channel: its pixels take no bits.
  const codes = [green, red, blue, 255, 0].flatMap((symbol) => [[0b101, 3] as const, [symbol, 8] as const]);
  const fields = [[width - 1, 14], [height - 1, 14], [0, 7], ...codes] as const;
  let bits = 0n;
  for (const [value, length] of fields.toReversed()) bits = (bits << BigInt(length)) | BigInt(value);
  const data = Buffer.from(bits.toString(16).padStart(26, '0'), 'hex').toReversed();
  return Buffer.concat([WEBP_HEAD, data]);
}

/** Files of the right size and format; nothing is to be seen on them but a colour. */
export const IMAGE_FILES: Readonly<Record<'png' | 'jpeg' | 'webp', (picture: Picture) => Buffer>> = { png, jpeg, webp };
