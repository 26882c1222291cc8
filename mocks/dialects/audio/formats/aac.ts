import type { Speech } from '../spoken.ts';
import { id3 } from './id3.ts';

/** AAC-LC: 1,024 samples a frame at 24 kHz. */
const FRAME_SECONDS = 1024 / 24_000;
/**
 * An ADTS header of 7 bytes (AAC-LC, 24 kHz, one channel, a frame of 11 bytes, variable rate), then one channel
 * without any spectrum and the end mark.
 */
const FRAME = Buffer.from([0xff, 0xf1, 0x58, 0x40, 0x01, 0x7f, 0xfc, 0, 0, 0, 0x07]);

/** Silence as AAC in ADTS frames. */
export function aac({ text, seconds }: Speech): Buffer {
  const frames = Math.ceil(seconds / FRAME_SECONDS);
  return Buffer.concat([id3(text), Buffer.alloc(frames * FRAME.length, FRAME)]);
}
