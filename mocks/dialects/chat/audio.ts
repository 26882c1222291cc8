import type { Generation } from '../../generation/generate.ts';
import { speech, spokenSeconds } from '../../generation/sound.ts';
import { asText } from '../content.ts';
import type { Random } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const EXPIRES_SECONDS = 3600;
const TOKENS_PER_SECOND = 20;
/** Base64 characters of one chunk of a stream; a multiple of 4. */
const CHUNK_CHARACTERS = 8000;

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
  const data = speech(answer.text, isBody(audio) ? asText(audio['format']) : 'wav').toString('base64');
  return {
    id: `audio_${random.hex(32)}`,
    expiresAt: created + EXPIRES_SECONDS,
    data,
    chunks: chunked(data),
    tokens: Math.ceil(spokenSeconds(answer.text) * TOKENS_PER_SECOND),
  };
}
