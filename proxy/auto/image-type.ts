/** First bytes in hexadecimal; a dot stands for any digit. */
const SIGNATURES: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/jpeg', /^ffd8ff/],
  ['image/png', /^89504e470d0a1a0a/],
  ['image/gif', /^47494638(?:37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
  ['image/avif', /^.{8}66747970(?:61766966|61766973)/],
  ['image/heic', /^.{8}66747970(?:68656963|68656978|6d696631)/],
  ['image/bmp', /^424d/],
  ['image/tiff', /^(?:49492a00|4d4d002a)/],
];
const UNKNOWN = 'image/jpeg';
/** Base64 characters of the bytes that a signature needs. */
const LOOKED_AT = 24;

/** The media type of an image by its first bytes; JPEG where they say nothing. */
export function imageTypeOf(base64: string): string {
  const start = Buffer.from(base64.slice(0, LOOKED_AT), 'base64').toString('hex');
  return SIGNATURES.find(([, signature]) => signature.test(start))?.[0] ?? UNKNOWN;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const BASE64_START = /^[\w+/=-]+$/;
const CHECKED = 256;

/**
 * The address of an image: one with a scheme as it is, bare base64 as a `data:` URL with the type that its first bytes say. White space in
 * base64 is taken out. What is neither stays as it is.
 */
export function imageUrl(value: string): string {
  if (SCHEME.test(value.slice(0, CHECKED))) return value;
  const base64 = value.replaceAll(/\s+/g, '');
  return BASE64_START.test(base64.slice(0, CHECKED)) ? `data:${imageTypeOf(base64)};base64,${base64}` : value;
}
