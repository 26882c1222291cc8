import { spokenText } from '../../dialects/audio/spoken.ts';
import type { Sound } from './conversation.ts';
import type { SoundFormat } from './samples.ts';
import { bytesPerMs } from './samples.ts';

/** What a piece of sound says: the text that a mock has put into it, else how long it is. */
export function wordsIn(bytes: Buffer, format: SoundFormat): string {
  const made = spokenText(bytes);
  return made ?? `Mock transcription of ${Math.floor(bytes.length / bytesPerMs(format))} ms of audio`;
}

/** `told`: what a rule says that was said. */
export function heard(bytes: Buffer, format: SoundFormat, transcript?: string): Sound {
  return { bytes, format, words: transcript ?? wordsIn(bytes, format) };
}
