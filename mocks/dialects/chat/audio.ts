import type { Generation } from '../../generation/generate.ts';
import { SOUND_FILES } from '../audio/files.ts';
import type { Speech } from '../audio/spoken.ts';
import { spoken } from '../audio/spoken.ts';
import { asText } from '../content.ts';
import type { Random } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const EXPIRES_SECONDS = 3600;
const TOKENS_PER_SECOND = 20;
/** Base64 characters of one chunk of a stream; a multiple of 4. */
const CHUNK_CHARACTERS = 8000;

const FORMATS: Readonly<Record<string, (speech: Speech) => Buffer>> = {
  ...SOUND_FILES,
  pcm16: SOUND_FILES.pcm,
};

/** The sound of an answer, for requests with the modality `audio`. */
export interface ChatAudio {
  readonly id: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** Base64. */
  readonly data: string;
  readonly chunks: readonly string[];
  readonly tokens: number;
}

function chunked(data: string): readonly string[] {
  const count = Math.ceil(data.length / CHUNK_CHARACTERS);
  return Array.from({ length: count }, (_, at) => data.slice(at * CHUNK_CHARACTERS, (at + 1) * CHUNK_CHARACTERS));
}

/** Undefined when no sound was asked for, or there is nothing to say. */
export function chatAudio(body: Body, answer: Generation, created: number, random: Random): ChatAudio | undefined {
  const { modalities, audio } = body;
  if (!Array.isArray(modalities) || !modalities.includes('audio') || !answer.text) return undefined;
  const speech = spoken(answer.text);
  const write = FORMATS[isBody(audio) ? asText(audio['format']) : 'wav'] ?? SOUND_FILES.wav;
  const data = write(speech).toString('base64');
  return {
    id: `audio_${random.hex(32)}`,
    expiresAt: created + EXPIRES_SECONDS,
    data,
    chunks: chunked(data),
    tokens: Math.ceil(speech.seconds * TOKENS_PER_SECOND),
  };
}
