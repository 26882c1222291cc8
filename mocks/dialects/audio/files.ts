import type { Speech } from './spoken.ts';
import { spokenTag } from './spoken.ts';
import { pcm, wav } from './wav.ts';

const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

interface Frames {
  /** One frame of silence: the format repeats it as long as the speech lasts. */
  readonly frame: Buffer;
  readonly seconds: number;
}

/** MPEG-2 layer III, 32 kbit/s at 24 kHz, mono: 576 samples without a coefficient. */
const MP3: Frames = { frame: Buffer.concat([base64('//NEwA=='), Buffer.alloc(92)]), seconds: 576 / 24_000 };
/** AAC-LC in ADTS, 24 kHz, mono: 1,024 samples without a spectrum. */
const AAC: Frames = { frame: base64('//FYQAF//AAAAAc='), seconds: 1024 / 24_000 };

/** Half a second of silence as FLAC, 24 kHz, 16 bit, mono: what precedes the last metadata block, and the frames. */
const FLAC_HEAD = base64('ZkxhQwAAACIQABAAAAAAAAAABdwA8AAAMACR/w2sXfhueYv+9eVzU2sI');
const FLAC_FRAMES = base64('//jACACvAAAAYCf/+MAIAagAAAAMX//4wAgCoQAAALjX');
/** The first byte of a FLAC block that is the last one and belongs to an application. */
const FLAC_LAST_APPLICATION = 0x82;

/** A second of silence as Opus in Ogg: heads, and a page of fifty packets of three bytes. */
const OPUS = Buffer.concat([
  base64(
    'T2dnUwACAAAAAAAAAABwbWxsAAAAANLQetkBE09wdXNIZWFkAQE4AcBdAAAAAABPZ2dTAAAAAAAAAAAAAHBtbGwBAAAAlyy/7QEYT3B1c1RhZ3MI',
  ),
  base64('AAAAbGxtcHJveHkAAAAAT2dnUwAEgLsAAAAAAABwbWxsAgAAAPL0Q2Ey'),
  Buffer.alloc(50, 3),
  Buffer.alloc(150, base64('+P/+')),
]);

/** ID3 counts in seven bits a byte. */
function synchsafe(length: number): Buffer {
  return Buffer.from([(length >> 21) & 127, (length >> 14) & 127, (length >> 7) & 127, length & 127]);
}

/** An ID3v2.4 tag with one user text: it precedes MPEG audio. */
function id3(text: string): Buffer {
  const content = Buffer.from(`\0speech\0${spokenTag(text)}`, 'latin1');
  const frame = Buffer.concat([Buffer.from('TXXX'), synchsafe(content.length), Buffer.alloc(2), content]);
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([4, 0, 0]), synchsafe(frame.length), frame]);
}

function repeated({ frame, seconds }: Frames, speech: Speech): Buffer {
  return Buffer.concat([id3(speech.text), Buffer.alloc(Math.ceil(speech.seconds / seconds) * frame.length, frame)]);
}

function flac({ text }: Speech): Buffer {
  const data = Buffer.from(`mock${spokenTag(text)}`);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  head[0] = FLAC_LAST_APPLICATION;
  return Buffer.concat([FLAC_HEAD, head, data, FLAC_FRAMES]);
}

/** How speech becomes a file. Each but PCM carries its text, so that a transcription gives it back. */
export const SOUND_FILES: Readonly<
  Record<'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm', (speech: Speech) => Buffer>
> = {
  mp3: (speech) => repeated(MP3, speech),
  opus: ({ text }) => Buffer.concat([OPUS, Buffer.from(spokenTag(text))]),
  aac: (speech) => repeated(AAC, speech),
  flac,
  wav,
  pcm,
};
