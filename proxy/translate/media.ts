import type { MediaPart, MediaSource } from './conversation.ts';

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i;

/** Where an address or a `data:` URL has its media. `fallback` is the type of a `data:` URL that names none. */
export function mediaSource(url: string, fallback = 'application/octet-stream'): MediaSource {
  const match = DATA_URL.exec(url.slice(0, 512));
  if (match === null) return { kind: 'url', url };
  const [head, mediaType = '', parameters = ''] = match;
  const payload = url.slice(head.length);
  const base64 = /;base64$/i.test(parameters) ? payload : Buffer.from(decoded(payload)).toString('base64');
  return { kind: 'data', mediaType: mediaType === '' ? fallback : mediaType.toLowerCase(), base64 };
}

function decoded(payload: string): string {
  try {
    return decodeURIComponent(payload);
  } catch {
    return payload;
  }
}

/** The address of media that OpenAI's families take in one string; undefined for a kept file. */
export function mediaUrl(source: MediaSource): string | undefined {
  if (source.kind === 'url') return source.url;
  return source.kind === 'data' ? `data:${source.mediaType};base64,${source.base64}` : undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
};

/** Media type of a file that only its name tells of; PDF where that says nothing. */
export function typeOfName(name: string | undefined): string {
  const ending = name?.split('.').at(-1)?.toLowerCase() ?? '';
  return TYPES[ending] ?? 'application/pdf';
}

/** A name for a document that has none: OpenAI's families want one beside the data. */
export function documentName({ name, source }: MediaPart): string {
  if (name !== undefined) return name;
  const mediaType = source.kind === 'data' ? source.mediaType : '';
  const ending = Object.entries(TYPES).find(([, type]) => type === mediaType)?.[0] ?? 'pdf';
  return `document.${ending}`;
}

/** OpenAI's name of a format of sound (`wav`, `mp3`) and its media type. */
export function audioType(format: string): string {
  return format === 'mp3' ? 'audio/mp3' : `audio/${format}`;
}

export function audioFormat(mediaType: string): string {
  const name = mediaType.split('/').at(-1) ?? 'wav';
  if (name === 'mpeg' || name === 'mp3') return 'mp3';
  return name === 'x-wav' || name === 'wave' ? 'wav' : name;
}
