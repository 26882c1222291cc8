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

/** Hosts whose API has no version in its path; an asterisk stands for one or more labels. */
const WITHOUT_VERSION = [
  'api.perplexity.ai',
  '*.cloud.databricks.com',
  '*.gcp.databricks.com',
  '*.azuredatabricks.net',
  'models.github.ai',
  'models.inference.ai.azure.com',
];

/** A base URL as it was written; `default` = none was. */
export type BaseUrl =
  | { readonly kind: 'default' }
  | { readonly kind: 'written'; readonly origin: string; readonly path: string };

/** Reads a base URL. Returns undefined for what cannot be one. */
export function parseBaseUrl(text: string): BaseUrl | undefined {
  if (text === '') return { kind: 'default' };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return OPERATION.test(path) ? undefined : { kind: 'written', origin: url.origin, path };
}

/**
 * The address that a base URL means: `/v1` is added where no segment of its path names a version, unless it is to be
 * used exactly as it was written or its host is known to have no version.
 */
export function addressAt({ origin, path }: Extract<BaseUrl, { kind: 'written' }>, exact: boolean): ApiAddress {
  const asWritten = exact || VERSION.test(path) || hasNoVersion(new URL(origin).hostname);
  return { kind: 'url', origin, basePath: asWritten ? path : `${path}/v1` };
}

function hasNoVersion(hostname: string): boolean {
  return WITHOUT_VERSION.some((host) => (host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host));
}
