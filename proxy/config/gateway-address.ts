import { addressAt, parseBaseUrl, type ApiAddress } from './base-url.ts';
import { defaultAddress, dialectOf } from './gateway.ts';

/** Ends of a base URL that name the operation: it is added again for each request. */
const ENDPOINTS = {
  openai: /\/(?:chat\/completions|completions|responses|embeddings)$/,
  anthropic: /\/messages$/,
  gemini: /\/models(?:\/[^/]+)?$/,
} as const;
const VERSIONS = { openai: 'v1', anthropic: 'v1', gemini: 'v1beta' } as const;

/**
 * Where requests to a stored provider of that name go: its `base_url`, with or without the path of the endpoint, else the
 * provider's own address. Undefined for one that has none, and for a text that is no address.
 */
export function gatewayAddress(name: string, baseUrl: string | null): ApiAddress | undefined {
  if (baseUrl === null) return defaultAddress(name);
  const dialect = dialectOf(name);
  const url = URL.parse(baseUrl);
  if (url === null) return undefined;
  url.pathname = url.pathname
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(ENDPOINTS[dialect], '');
  const written = parseBaseUrl(url.href);
  return written?.kind === 'written' ? addressAt(written, false, VERSIONS[dialect]) : undefined;
}
