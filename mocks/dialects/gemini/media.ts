import { asText, objectsIn } from '../content.ts';
import type { ObjectStore } from '../reply.ts';
import { imageSize } from '../../generation/media.ts';
import { isBody } from '../validate.ts';

export type Modality = 'TEXT' | 'IMAGE' | 'AUDIO' | 'VIDEO' | 'DOCUMENT';

/** What a part costs that is no text. */
export interface MediaCost {
  readonly modality: Modality;
  readonly tokens: number;
}

const TILE_TOKENS = 258;
/** Up to this an image is one tile. */
const SMALL_PIXELS = 384;
const PAGE_TOKENS = 258;
const AUDIO_TOKENS_PER_SECOND = 32;
const VIDEO_TOKENS_PER_SECOND = 263;
/** Where the bytes do not say how long a sound or a film is. */
const BYTES_PER_SECOND = { AUDIO: 16_000, VIDEO: 250_000 } as const;
const HEAD_BASE64 = 256 * 1024;
const DOCUMENT_BASE64 = 8 * 1024 * 1024;

export const FILES = '/v1beta/files';

export function modalityOf(mimeType: string): Modality {
  const [kind] = mimeType.split('/');
  if (kind === 'image' || kind === 'audio' || kind === 'video') return kind.toUpperCase() as Modality;
  return mimeType === 'application/pdf' ? 'DOCUMENT' : 'TEXT';
}

function imageTokens(head: Buffer): number {
  const size = imageSize(head);
  if (size === undefined || (size.width <= SMALL_PIXELS && size.height <= SMALL_PIXELS)) return TILE_TOKENS;
  const unit = Math.max(1, Math.floor(Math.min(size.width, size.height) / 1.5));
  return Math.ceil(size.width / unit) * Math.ceil(size.height / unit) * TILE_TOKENS;
}

function wavSeconds(head: Buffer, bytes: number): number | undefined {
  if (head.length < 32 || head.toString('latin1', 0, 4) !== 'RIFF') return undefined;
  return bytes / Math.max(1, head.readUInt32LE(28));
}

function pagesOf(data: string): number {
  const text = Buffer.from(data.slice(0, DOCUMENT_BASE64), 'base64').toString('latin1');
  return Math.max(1, text.match(/\/Type\s{0,4}\/Page(?!s)/g)?.length ?? 0);
}

function timed(modality: 'AUDIO' | 'VIDEO', head: Buffer, bytes: number): MediaCost {
  const seconds = wavSeconds(head, bytes) ?? bytes / BYTES_PER_SECOND[modality];
  const rate = modality === 'AUDIO' ? AUDIO_TOKENS_PER_SECOND : VIDEO_TOKENS_PER_SECOND;
  return { modality, tokens: Math.max(1, Math.ceil(seconds * rate)) };
}

function costOf(mimeType: string, data: string): MediaCost | undefined {
  const modality = modalityOf(mimeType);
  const head = Buffer.from(data.slice(0, HEAD_BASE64), 'base64');
  if (modality === 'IMAGE') return { modality, tokens: imageTokens(head) };
  if (modality === 'DOCUMENT') return { modality, tokens: pagesOf(data) * PAGE_TOKENS };
  if (modality === 'TEXT') return undefined;
  return timed(modality, head, Math.floor((data.length * 3) / 4));
}

/** The stored file that a URI names; undefined when there is none here. */
export function storedFile(uri: string, objects: ObjectStore): { mimeType: string; content: Buffer } | undefined {
  const id = /\bfiles\/([\w-]+)/.exec(uri)?.[1];
  const found = id === undefined ? undefined : objects.get(FILES, id);
  if (found?.content === undefined) return undefined;
  return { mimeType: asText(found.body['mimeType']), content: found.content };
}

/** Text of a part that carries a text file. */
export function fileText(part: unknown, objects: ObjectStore): string {
  if (!isBody(part)) return '';
  const { inlineData, fileData } = part;
  if (isBody(inlineData) && asText(inlineData['mimeType']).startsWith('text/')) {
    return Buffer.from(asText(inlineData['data']), 'base64').toString();
  }
  const file = isBody(fileData) ? storedFile(asText(fileData['fileUri']), objects) : undefined;
  return file?.mimeType.startsWith('text/') === true ? file.content.toString() : '';
}

/** What the parts cost that carry bytes, by their kind. */
export function mediaCosts(parts: unknown, objects: ObjectStore): readonly MediaCost[] {
  return objectsIn(parts).flatMap((part): readonly MediaCost[] => {
    const { inlineData, fileData } = part;
    if (isBody(inlineData)) {
      const cost = costOf(asText(inlineData['mimeType']), asText(inlineData['data']));
      return cost === undefined ? [] : [cost];
    }
    if (!isBody(fileData)) return [];
    const uri = asText(fileData['fileUri']);
    const stored = storedFile(uri, objects);
    const mimeType = asText(fileData['mimeType']) || (stored?.mimeType ?? '');
    // A film of the web has no bytes here.
    const cost = costOf(mimeType === '' ? 'video/mp4' : mimeType, stored?.content.toString('base64') ?? '');
    return cost === undefined ? [] : [cost];
  });
}
