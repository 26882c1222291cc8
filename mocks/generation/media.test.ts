import { expect, test } from 'vitest';
import { audioMedia, imageMedia, imageSize, mediaTokens } from './media.ts';

function bytes(length: number, ...fields: readonly (readonly [at: number, values: readonly number[]])[]): Buffer {
  const made = Buffer.alloc(length);
  for (const [at, values] of fields) made.set(values, at);
  return made;
}

const ascii = (text: string) => [...Buffer.from(text)];

test.each([
  ['a PNG', bytes(40, [0, [0x89, ...ascii('PNG')]], [16, [0, 0, 3, 32, 0, 0, 2, 88]])],
  ['a GIF', bytes(40, [0, ascii('GIF89a')], [6, [0x20, 3, 0x58, 2]])],
  [
    'a JPEG after its thumbnail',
    bytes(60, [0, [0xff, 0xd8, 0xff, 0xe0, 0, 16]], [20, [0xff, 0xc0, 0, 17, 8, 2, 88, 3, 32]]),
  ],
  ['a lossy WebP', bytes(40, [8, ascii('WEBPVP8 ')], [26, [0x20, 3, 0x58, 2]])],
  ['a lossless WebP', bytes(40, [8, ascii('WEBPVP8L')], [21, [0x1f, 0xc3, 0x95, 0]])],
  ['an extended WebP', bytes(40, [8, ascii('WEBPVP8X')], [24, [0x1f, 3, 0, 0x57, 2, 0]])],
])('the size of %s is read from its head', (_, file) => {
  expect(imageSize(file)).toEqual({ width: 800, height: 600 });
});

test('what is no picture has no size, and counts like one of 1024 pixels', () => {
  expect(imageSize(Buffer.from('not a picture, though it is long enough for one'))).toBeUndefined();
  expect(imageSize(Buffer.alloc(3))).toBeUndefined();
  expect(mediaTokens([imageMedia('data:image/png;base64,AAAA', 'high')], 'gpt-4o', 'chat')).toBe(765);
});

test('models differ in what a picture costs', () => {
  const picture = imageMedia('https://example.com/a.png', 'auto');
  const cost = (model: string) => mediaTokens([picture], model, 'chat');
  expect(cost('gpt-4o-mini')).toBe(2833 + 4 * 5667);
  expect(cost('gpt-5')).toBe(70 + 4 * 140);
  expect(cost('o3')).toBe(75 + 4 * 150);
  expect(cost('gpt-5-nano')).toBe(Math.ceil(1024 * 1.5));
});

test('a sound costs by its length: WAV says how long it is', () => {
  const wav = bytes(64, [28, [0x80, 0xbb, 0, 0]]);
  const base64 = Buffer.concat([wav, Buffer.alloc(96_000 - 64)]).toString('base64');
  expect(mediaTokens([audioMedia(base64, 'wav')], 'gpt-4o', 'chat')).toBe(24);
  expect(mediaTokens([audioMedia(Buffer.alloc(32_000).toString('base64'), 'mp3')], 'gpt-4o', 'chat')).toBe(25);
});
