import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';

const FORMATS = ['png', 'jpeg', 'gif', 'webp'];

const UNSUPPORTED =
  "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].";

type Fault = 'unsupported' | 'not base64' | 'no image' | 'not a URL';

/** How the bytes of a picture begin, by the formats that are taken. */
const SIGNATURES: readonly RegExp[] = [/^\x89PNG/, /^\xff\xd8\xff/, /^GIF8/, /^RIFF[^]{4}WEBP/];
/** Longer than any signature. */
const HEAD_BASE64 = 32;

function isPicture(base64: string): boolean {
  const head = Buffer.from(base64.slice(0, HEAD_BASE64), 'base64').toString('latin1');
  return SIGNATURES.some((signature) => signature.test(head));
}

/** What is wrong with an image's address, or with its bytes. What a web address leads to is not looked at. */
export function imageFault(url: string): Fault | undefined {
  const data = /^data:([^;,]*)(;base64)?,(.*)$/s.exec(url);
  if (data !== null) {
    const [, type = '', base64, content = ''] = data;
    if (!FORMATS.includes(type.replace(/^image\//, '').replace('jpg', 'jpeg')) || !type.startsWith('image/')) {
      return 'unsupported';
    }
    const plain = base64 !== undefined && content !== '' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(content);
    if (!plain) return 'not base64';
    return isPicture(content) ? undefined : 'no image';
  }
  return /^https?:\/\/[^\s/]+/.test(url) ? undefined : 'not a URL';
}

export function chatImage(url: string): Violation | undefined {
  const fault = imageFault(url);
  if (fault === undefined) return undefined;
  if (fault === 'not a URL') return violation('Error while downloading URL.', null, 'invalid_image_url');
  return fault === 'not base64'
    ? violation('Invalid base64 image_url.', null, 'invalid_base64')
    : violation(UNSUPPORTED, null, 'invalid_image_format');
}

export function responsesImage(url: string, param: string): Violation | undefined {
  const fault = imageFault(url);
  if (fault === undefined) return undefined;
  if (fault === 'not a URL') {
    const message = `Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`;
    return violation(message, param, 'invalid_value');
  }
  if (fault === 'no image') return violation(UNSUPPORTED, null, 'invalid_image_format');
  const type = /^data:([^;,]*)/.exec(url)?.[1] ?? '';
  const got = fault === 'unsupported' ? `unsupported MIME type '${type}'` : 'an invalid base64-encoded value';
  const message = `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${got}.`;
  return violation(message, param, 'invalid_value');
}
