import type { IncomingHttpHeaders } from 'node:http';

/**
 * Request headers of the client that an endpoint may see. Everything else stays here: cookies, credentials, addresses
 * and hop-by-hop headers (RFC 9110 section 7.6.1) never travel on.
 */
const FORWARDED_REQUEST_HEADERS = [
  'accept',
  'user-agent',
  'openai-beta',
  'idempotency-key',
  'x-client-request-id',
  'traceparent',
  'tracestate',
  'x-stainless-arch',
  'x-stainless-async',
  'x-stainless-helper-method',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
  'x-stainless-timeout',
] as const;

/** Forwarded only beside the caller's own credential, to which they belong. */
const FORWARDED_WITH_CREDENTIAL = ['authorization', 'openai-organization', 'openai-project'] as const;

/** Answer headers that a client sees as the endpoint sent them. */
const RELAYED_ANSWER_HEADERS = new Set(['content-type', 'retry-after', 'retry-after-ms', 'x-should-retry']);
const RELAYED_ANSWER_PREFIXES = ['openai-', 'x-ratelimit-'];

export interface RequestHeaderOptions {
  readonly client: IncomingHttpHeaders;
  readonly credential: { readonly kind: 'key'; readonly value: string } | { readonly kind: 'forward' | 'none' };
  /** From the configuration; wins over the client's. */
  readonly extra: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly bodyBytes: number | undefined;
}

/** Builds the headers of an upstream request: flat name, value list. `host` is the pool's affair. */
export function buildRequestHeaders(options: RequestHeaderOptions): string[] {
  const { client, credential, extra } = options;
  const flat: string[] = ['accept-encoding', 'identity', 'x-request-id', options.requestId];
  copy(flat, client, FORWARDED_REQUEST_HEADERS, extra);
  if (credential.kind === 'forward') copy(flat, client, FORWARDED_WITH_CREDENTIAL, extra);
  else if (credential.kind === 'key') flat.push('authorization', `Bearer ${credential.value}`);
  for (const name in extra) flat.push(name.toLowerCase(), extra[name] ?? '');
  if (options.bodyBytes !== undefined) {
    flat.push('content-type', 'application/json', 'content-length', String(options.bodyBytes));
  }
  return flat;
}

function copy(
  flat: string[],
  client: IncomingHttpHeaders,
  names: readonly string[],
  extra: Readonly<Record<string, string>>,
): void {
  for (const name of names) {
    const value = client[name];
    if (typeof value === 'string' && !(name in extra)) flat.push(name, value);
  }
}

/** Picks the answer headers that the client sees; the endpoint's own request id becomes `x-upstream-request-id`. */
export function relayedAnswerHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const relayed: [string, string][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    if (name === 'x-request-id') relayed.push(['x-upstream-request-id', value]);
    else if (RELAYED_ANSWER_HEADERS.has(name) || RELAYED_ANSWER_PREFIXES.some((prefix) => name.startsWith(prefix)))
      relayed.push([name, value]);
  }
  return relayed;
}

/** Milliseconds that `retry-after-ms` or `retry-after` (seconds or HTTP date, RFC 9110 section 10.2.3) asks for. */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const precise = headers['retry-after-ms'];
  if (typeof precise === 'string' && precise.trim() !== '' && Number(precise) >= 0) return Number(precise);
  const coarse = headers['retry-after'];
  if (typeof coarse !== 'string' || coarse.trim() === '') return undefined;
  const seconds = Number(coarse);
  if (!Number.isNaN(seconds)) return seconds >= 0 ? seconds * 1_000 : undefined;
  const date = Date.parse(coarse);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
