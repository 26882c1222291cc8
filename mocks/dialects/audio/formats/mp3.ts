import type { Speech } from '../spoken.ts';
import { id3 } from './id3.ts';

/** MPEG-2 layer III: 576 samples a frame at 24 kHz. */
const FRAME_SECONDS = 576 / 24_000;
/** At 32 kbit/s. */
const FRAME_BYTES = 96;
/** Sync, MPEG-2 layer III without checksum; 32 kbit/s at 24 kHz; one channel. */
const HEADER = [0xff, 0xf3, 0x44, 0xc0];

/** Silence as MP3: frames whose side information says that no coefficient follows. */
export function mp3({ text, seconds }: Speech): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.set(HEADER);
  const frames = Math.ceil(seconds / FRAME_SECONDS);
  return Buffer.concat([id3(text), Buffer.alloc(frames * FRAME_BYTES, frame)]);
}
