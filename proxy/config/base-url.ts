/** Where an API lives: `origin` is `https://host:port`, `basePath` what stands before the operation, e.g. `/v1`. */
export interface ApiAddress {
  readonly kind: 'url';
  readonly origin: string;
  readonly basePath: string;
}

export const BASE_URL_EXPECTED =
  'an http or https address such as https://api.openai.com/v1, without credentials, query or operation path';

const OPERATION = /\/(?:chat\/completions|completions|responses|embeddings|models)$/;
/** A segment that names an API version: `v1`, `v1beta`, `v4`. */
const VERSION = /\/v\d+[a-z0-9]*(?:\/|$)/;

/**
 * Reads a base URL written with or without `/v1`: where no segment of the path names a version, `/v1` is added.
 * Returns undefined for what cannot be a base URL.
 */
export function parseBaseUrl(text: string): ApiAddress | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  if (OPERATION.test(path)) return undefined;
  return { kind: 'url', origin: url.origin, basePath: VERSION.test(path) ? path : `${path}/v1` };
}
