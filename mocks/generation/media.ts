import type { VisionCost } from './model-limits.ts';
import { visionCost } from './model-limits.ts';

/** What a turn carries besides text, as far as tokens depend on it. */
export type Media =
  | { readonly kind: 'image'; readonly width: number; readonly height: number; readonly low: boolean }
  | { readonly kind: 'audio'; readonly seconds: number }
  | { readonly kind: 'document'; readonly pages: number }
  /** Reasoning that was read back. */
  | { readonly kind: 'reasoning'; readonly tokens: number };

/** Images that only have an address are taken for this size. */
const UNKNOWN_SIZE = { width: 1024, height: 1024 };
const TILE = 512;
const LONG_SIDE = 2048;
const SHORT_SIDE = 768;
const PATCH = 32;
const PATCHES_MOST = 1536;
const INPUT_TOKENS_PER_SECOND = 10;
/** A sound, beyond its seconds. */
const SOUND_TOKENS = 4;
/** A picture in Responses, for models that count patches. */
const PATCHES_IN_RESPONSES = 2;
/** A page of a document: its text and its picture, near what was recorded. */
const PAGE_TOKENS = { tiles: 200, patches: 1000 };
/** Of a document only so much is searched for pages. */
const DOCUMENT_BASE64 = 8 * 1024 * 1024;
/** Of a data URL only so much is searched for the size. */
const HEADER_BASE64 = 256 * 1024;

interface Size {
  readonly width: number;
  readonly height: number;
}

function jpegSize(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function webpSize(bytes: Buffer): Size | undefined {
  const form = bytes.toString('latin1', 12, 16);
  if (form === 'VP8X') return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
  if (form === 'VP8 ') return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (form !== 'VP8L') return undefined;
  const bits = bytes.readUInt32LE(21);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
}

/** Pixels of a PNG, JPEG, GIF or WebP; undefined for anything else. */
export function imageSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 30) return undefined;
  if (bytes.readUInt32BE(0) === 0x89504e47) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.readUInt16BE(0) === 0xffd8) return jpegSize(bytes);
  if (bytes.toString('latin1', 0, 3) === 'GIF') return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  return bytes.toString('latin1', 8, 12) === 'WEBP' ? webpSize(bytes) : undefined;
}

/** An image by its address or data URL. */
export function imageMedia(url: string, detail: unknown): Media {
  const mark = url.startsWith('data:') ? url.indexOf(',') : -1;
  const head = mark < 0 ? undefined : Buffer.from(url.slice(mark + 1, mark + 1 + HEADER_BASE64), 'base64');
  return { kind: 'image', ...((head && imageSize(head)) ?? UNKNOWN_SIZE), low: detail === 'low' };
}

/** A sound by its base64 bytes; WAV says how many bytes a second has, for all else 16 kB are assumed. */
export function audioMedia(data: string, format: unknown): Media {
  const bytes = Math.floor((data.length * 3) / 4);
  const head = Buffer.from(data.slice(0, 64), 'base64');
  const rate = format === 'wav' && head.length >= 32 ? head.readUInt32LE(28) : 16_000;
  return { kind: 'audio', seconds: bytes / Math.max(1, rate) };
}

/** A PDF by its data URL or base64 bytes; undefined for what is none. */
export function documentMedia(data: string): Media | undefined {
  const mark = data.startsWith('data:') ? data.indexOf(',') + 1 : 0;
  if (!data.startsWith('JVBERi', mark)) return undefined;
  const text = Buffer.from(data.slice(mark, mark + DOCUMENT_BASE64), 'base64').toString('latin1');
  return { kind: 'document', pages: Math.max(1, text.match(/\/Type\s{0,4}\/Page(?!s)/g)?.length ?? 0) };
}

function tiles({ width, height }: Size): number {
  const fit = Math.min(1, LONG_SIDE / Math.max(width, height));
  const shrink = Math.min(1, SHORT_SIDE / (Math.min(width, height) * fit));
  return Math.ceil((width * fit * shrink) / TILE) * Math.ceil((height * fit * shrink) / TILE);
}

function patches({ width, height }: Size): number {
  const natural = Math.ceil(width / PATCH) * Math.ceil(height / PATCH);
  if (natural <= PATCHES_MOST) return natural;
  const scale = Math.sqrt((PATCH * PATCH * PATCHES_MOST) / (width * height));
  const [across, down] = [(width * scale) / PATCH, (height * scale) / PATCH];
  const whole = Math.min(Math.floor(across) / across, Math.floor(down) / down);
  return Math.min(PATCHES_MOST, Math.ceil(across * whole) * Math.ceil(down * whole));
}

/** The provider's formulas: tiles of 512 pixels, or patches of 32 pixels with a factor (developers.openai.com, images and vision). */
export function mediaTokens(media: readonly Media[], model: string, protocol: 'chat' | 'responses'): number {
  return media.reduce((sum, one) => sum + tokensOf(one, visionCost(model), protocol), 0);
}

function tokensOf(one: Media, vision: VisionCost, protocol: 'chat' | 'responses'): number {
  if (one.kind === 'reasoning') return one.tokens;
  if (one.kind === 'audio') return SOUND_TOKENS + Math.ceil(one.seconds * INPUT_TOKENS_PER_SECOND);
  if (one.kind === 'document') return one.pages * ('factor' in vision ? PAGE_TOKENS.patches : PAGE_TOKENS.tiles);
  if ('factor' in vision) {
    const shown = one.low ? { width: Math.min(one.width, TILE), height: Math.min(one.height, TILE) } : one;
    const rest = vision.rest + (protocol === 'responses' ? PATCHES_IN_RESPONSES : 0);
    return Math.ceil(patches(shown) * vision.factor) + rest;
  }
  return vision.base + (one.low ? 0 : vision.tile * tiles(one));
}

/** Tokens of sounds alone. */
export function audioTokens(media: readonly Media[]): number {
  return media.reduce(
    (sum, one) => sum + (one.kind === 'audio' ? Math.ceil(one.seconds * INPUT_TOKENS_PER_SECOND) : 0),
    0,
  );
}
