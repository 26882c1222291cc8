import type { Generation } from '../../generation/generate.ts';
import { pcm } from '../audio/wav.ts';
import { spoken } from '../audio/spoken.ts';
import { IMAGE_FILES } from '../images/files.ts';
import { asText } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { Modality } from './media.ts';

/** What an answer shows or says besides its text. */
export interface MadeMedia {
  /** Compact JSON of the part. */
  readonly part: string;
  readonly modality: Modality;
  readonly tokens: number;
  /** The text is said and not written. */
  readonly silent: boolean;
}

const IMAGE_TOKENS = 1290;
const AUDIO_TOKENS_PER_SECOND = 25;
const LONG_SIDE = 1024;
/** Width and height by the ratio that is asked for; square otherwise. */
const RATIO = /^(\d{1,2}):(\d{1,2})$/;

function sizeOf(config: Body): { readonly width: number; readonly height: number } {
  const image = isBody(config['imageConfig']) ? config['imageConfig'] : {};
  const [, across = '1', down = '1'] = RATIO.exec(asText(image['aspectRatio'])) ?? [];
  const scale = LONG_SIDE / Math.max(Number(across), Number(down), 1);
  const side = (share: string): number => Math.max(1, Math.round(Number(share) * scale));
  return { width: side(across), height: side(down) };
}

function inline(mimeType: string, bytes: Buffer): string {
  return `{"inlineData":{"mimeType":"${mimeType}","data":"${bytes.toString('base64')}"}}`;
}

/** The picture or the speech that a request wants beside or in place of a text; undefined when it wants none. */
export function madeMedia(config: Body, asked: string, answer: Generation): MadeMedia | undefined {
  const wanted = config['responseModalities'];
  if (!Array.isArray(wanted) || answer.calls.length > 0) return undefined;
  const silent = !wanted.includes('TEXT');
  if (wanted.includes('IMAGE')) {
    const bytes = IMAGE_FILES.png({ text: asked, ...sizeOf(config) });
    return { part: inline('image/png', bytes), modality: 'IMAGE', tokens: IMAGE_TOKENS, silent };
  }
  if (!wanted.includes('AUDIO')) return undefined;
  const speech = spoken(answer.text ?? '');
  const tokens = Math.ceil(speech.seconds * AUDIO_TOKENS_PER_SECOND);
  return { part: inline('audio/L16;codec=pcm;rate=24000', pcm(speech)), modality: 'AUDIO', tokens, silent: true };
}
