import type { DialectContext, HeaderList } from '../reply.ts';

type Header = readonly [name: string, value: string];

const VARY: readonly Header[] = [
  ['vary', 'Origin'],
  ['vary', 'X-Origin'],
  ['vary', 'Referer'],
];

const FIXED: readonly Header[] = [
  ['server', 'scaffolding on HTTPServer2'],
  ['x-xss-protection', '0'],
  ['x-frame-options', 'SAMEORIGIN'],
  ['x-content-type-options', 'nosniff'],
];
const ALT_SVC: Header = ['alt-svc', 'h3=":443"; ma=2592000,h3-29=":443"; ma=2592000'];

export const JSON_TYPE = 'application/json; charset=UTF-8';
export const STREAM_TYPE = 'text/event-stream';
const CHUNKED: Header = ['transfer-encoding', 'chunked'];

function timing({ random }: DialectContext): Header {
  return ['server-timing', `gfet4t7; dur=${1 + Math.floor(random.next() * 40)}`];
}

/** Headers of every answer: no request id and no rate limits. */
export function googleHeaders(context: DialectContext, type: string, extra: readonly Header[] = []): HeaderList {
  return [['content-type', type], ...VARY, CHUNKED, ...extra, ...FIXED, timing(context), ALT_SVC];
}

/** What answers that were generated have besides. */
export function generationHeaders(tier: string): readonly Header[] {
  return [['x-gemini-service-tier', tier]];
}

/** Streams are offered as downloads. */
export const ATTACHMENT: Header = ['content-disposition', 'attachment'];
