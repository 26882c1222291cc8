const RATE = 24_000;
const WORD_SECONDS = 0.05;
const LONGEST_SECONDS = 1;
const PITCH_HZ = 220;
const LOUDNESS = 6000;
const WAV_HEADER_BYTES = 44;

/** Seconds that {@link speech} gives to a text. */
export function spokenSeconds(text: string): number {
  return Math.min(LONGEST_SECONDS, WORD_SECONDS * (1 + text.length / 5));
}

function tone(text: string): Buffer {
  const samples = Math.round(spokenSeconds(text) * RATE);
  const pcm = Buffer.alloc(samples * 2);
  const step = (2 * Math.PI * (PITCH_HZ + (text.length % 32) * 8)) / RATE;
  for (let at = 0; at < samples; at += 1) pcm.writeInt16LE(Math.round(Math.sin(at * step) * LOUDNESS), at * 2);
  return pcm;
}

function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(bytes + WAV_HEADER_BYTES - 8, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

/** A tone that stands for the spoken text: mono, 24 kHz, 16 bit; `pcm16` without a header, anything else as WAV. */
export function speech(text: string, format: string): Buffer {
  const pcm = tone(text);
  return format === 'pcm16' ? pcm : Buffer.concat([wavHeader(pcm.length), pcm]);
}
