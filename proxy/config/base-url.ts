/** Where an API lives: `origin` is `https://host:port`, `basePath` what stands before the operation, e.g. `/v1`. */
export interface ApiAddress {
  readonly kind: 'url';
  readonly origin: string;
  readonly basePath: string;
}

export const BASE_URL_EXPECTED =
  'an http or https address such as https://api.openai.com/v1, without credentials, query or operation path';

const OPERATION = /\/(?:chat\/completions|completions|responses|embeddings|messages)$/;
/** An operation at most addresses; at some it is part of the address. */
export const MODELS = /\/models$/;
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

type WrittenUrl = Extract<BaseUrl, { kind: 'written' }>;

/**
 * The address that a base URL means: `/v1`, or what stands for it at this provider, is added where no segment of its path
 * names a version, unless it is to be used exactly as it was written or its host is known to have no version.
 */
export function addressAt({ origin, path }: WrittenUrl, exact: boolean, version = 'v1'): ApiAddress {
  const asWritten = exact || version === '' || VERSION.test(path) || hasNoVersion(new URL(origin).hostname);
  return { kind: 'url', origin, basePath: asWritten ? path : `${path}/${version}` };
}

/**
 * The same for an API of deployments, wherever the base URL ends: before `/openai`, behind it, behind `/openai/v1` or at a
 * deployment. `dated` = its version is a date: then paths name the deployment, and have no `/v1`.
 */
export function deploymentsAddressAt({ origin, path }: WrittenUrl, exact: boolean, dated: boolean): ApiAddress {
  if (exact) return { kind: 'url', origin, basePath: path };
  const before = path.replace(/\/openai(?:\/v1|\/deployments(?:\/[^/]+)?)?$/, '');
  return { kind: 'url', origin, basePath: `${before}/openai${dated ? '' : '/v1'}` };
}

function hasNoVersion(hostname: string): boolean {
  return WITHOUT_VERSION.some((host) => (host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host));
}
