import { expect, test } from 'vitest';
import { SOUND_FILES } from './files.ts';
import { spoken, spokenText } from './spoken.ts';
import { wavSeconds } from './wav.ts';

const { wav, mp3, aac, flac, opus, pcm } = SOUND_FILES;
const speech = spoken('Ten words that take four seconds to say out loud.');

/** What follows an ID3 tag. */
function afterTag(file: Buffer): Buffer {
  expect(file.toString('latin1', 0, 3)).toBe('ID3');
  const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, 10);
  return file.subarray(10 + ((a << 21) | (b << 14) | (c << 7) | d));
}

test('ten words take four seconds, half as long at twice the speed, and never more than thirty', () => {
  expect(speech.seconds).toBe(4);
  expect(spoken(speech.text, 2).seconds).toBe(2);
  expect(spoken('word '.repeat(1000)).seconds).toBe(30);
  expect(spoken('').seconds).toBe(0.4);
});

test('every format carries its text, whatever letters it has', () => {
  const strange = spoken('Grüße; 世界 😀 \0 end');
  for (const make of [wav, mp3, aac, flac, opus, pcm]) expect(spokenText(make(strange))).toBe(strange.text);
});

test('a WAV file says how long it is, and a truncated one how long it is now', () => {
  const file = wav(speech);
  expect(wavSeconds(file)).toBe(4);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(wavSeconds(file.subarray(0, file.length - 96_000))).toBe(2);
  expect(wavSeconds(mp3(speech))).toBeUndefined();
});

test('MP3 is a row of frames of 96 bytes and 24 ms, all the same', () => {
  const frames = afterTag(mp3(speech));
  expect(frames.length).toBe(Math.ceil(4 / 0.024) * 96);
  for (let at = 0; at < frames.length; at += 96) expect(frames.readUInt32BE(at)).toBe(0xfff344c0);
});

test('AAC is a row of ADTS frames that tell their length', () => {
  const frames = afterTag(aac(speech));
  let count = 0;
  for (let at = 0; at < frames.length; count += 1) {
    expect(frames.readUInt16BE(at)).toBe(0xfff1);
    at += ((frames[at + 3]! & 3) << 11) | (frames[at + 4]! << 3) | (frames[at + 5]! >> 5);
  }
  expect(count).toBe(Math.ceil(4 / (1024 / 24_000)));
});

/** The checksum of a FLAC frame or an Ogg page, bit by bit: highest bit first, begun at 0. */
function checksum(bytes: Buffer, bits: 16 | 32, polynomial: bigint): number {
  const size = BigInt(bits);
  let sum = 0n;
  for (const byte of bytes) {
    sum ^= BigInt(byte) << (size - 8n);
    for (let bit = 0; bit < 8; bit += 1)
      sum = BigInt.asUintN(bits, (sum << 1n) ^ (sum >> (size - 1n) ? polynomial : 0n));
  }
  return Number(sum);
}

test('FLAC is its stream info, a block with the text, and frames whose checksums come out at zero', () => {
  const file = flac(speech);
  expect(file.toString('latin1', 0, 4)).toBe('fLaC');
  expect(file.readUInt32BE(8 + 10) >>> 12).toBe(24_000);
  const frames = file.subarray(42 + 4 + (file.readUInt32BE(42) & 0xffffff));
  expect(frames.length).toBe(3 * 11);
  for (let at = 0; at < frames.length; at += 11) {
    expect(frames.readUInt16BE(at)).toBe(0xfff8);
    expect(checksum(frames.subarray(at, at + 11), 16, 0x8005n)).toBe(0);
  }
});

test('the pages of Opus are numbered and sealed by their checksums; after the last one the text follows', () => {
  const file = opus(speech);
  let at = 0;
  for (let page = 0; page < 3; page += 1) {
    expect([file.toString('latin1', at, at + 4), file.readUInt32LE(at + 18)]).toEqual(['OggS', page]);
    const count = file[at + 26]!;
    const body = file.subarray(at + 27, at + 27 + count).reduce((sum, length) => sum + length, 0);
    const whole = Buffer.from(file.subarray(at, at + 27 + count + body));
    const sum = whole.readUInt32LE(22);
    whole.writeUInt32LE(0, 22);
    expect(checksum(whole, 32, 0x04c11db7n)).toBe(sum);
    at += whole.length;
  }
  expect(file.toString('latin1', at)).toMatch(/^llmproxy-text=.*;$/);
});
