import type { Speech } from './spoken.ts';
import { spokenTag } from './spoken.ts';

/** The provider's rate for speech without a header: 24 kHz, 16 bit, mono, little-endian. */
export const SAMPLE_RATE = 24_000;
const BYTES_PER_SAMPLE = 2;
const LOUDNESS = 6000;
const LOWEST_HZ = 180;

/** One period's worth of a tone, as often as the speech is long. */
export function pcm({ text, seconds }: Speech): Buffer {
  const samples = Math.round(seconds * SAMPLE_RATE);
  const hertz = LOWEST_HZ + (text.length % 40) * 5;
  const period = Math.round(SAMPLE_RATE / hertz);
  const one = Buffer.alloc(period * BYTES_PER_SAMPLE);
  for (let at = 0; at < period; at += 1) {
    one.writeInt16LE(Math.round(Math.sin((2 * Math.PI * at) / period) * LOUDNESS), at * BYTES_PER_SAMPLE);
  }
  const sound = Buffer.alloc(samples * BYTES_PER_SAMPLE, one);
  // The last milliseconds carry the text, so that samples alone can be written down again.
  const tag = Buffer.from(spokenTag(text), 'latin1');
  if (tag.length < sound.length) tag.copy(sound, sound.length - tag.length);
  return sound;
}

function chunk(id: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** The tone as WAV (RIFF), its text in an INFO comment. */
export function wav(speech: Speech): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(SAMPLE_RATE, 4);
  format.writeUInt32LE(SAMPLE_RATE * BYTES_PER_SAMPLE, 8);
  format.writeUInt16LE(BYTES_PER_SAMPLE, 12);
  format.writeUInt16LE(BYTES_PER_SAMPLE * 8, 14);
  const comment = chunk('ICMT', Buffer.from(`${spokenTag(speech.text)}\0`, 'latin1'));
  const info = Buffer.concat([Buffer.from('INFO', 'latin1'), comment]);
  const chunks = [chunk('fmt ', format), chunk('LIST', info), chunk('data', pcm(speech))];
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE', 'latin1'), ...chunks]));
}

/** Seconds of a WAV file, by its header; `undefined` for any other file. */
export function wavSeconds(file: Buffer): number | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= file.length;) {
    const id = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (id === 'fmt ' && at + 20 <= file.length) bytesPerSecond = file.readUInt32LE(at + 16);
    // A file that was written as a stream claims more than it has.
    if (id === 'data')
      return bytesPerSecond === 0 ? undefined : Math.min(length, file.length - at - 8) / bytesPerSecond;
    at += 8 + length + (length % 2);
  }
  return undefined;
}
