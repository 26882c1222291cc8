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
  'x-llmproxy-instance',
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

/** Answer headers that a client sees as the endpoint sent them. */
const RELAYED_ANSWER_HEADERS = new Set([
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'request-id',
  'x-gemini-service-tier',
]);
const RELAYED_ANSWER_PREFIXES = ['openai-', 'x-ratelimit-', 'anthropic-'];

export interface RequestHeaderOptions {
  readonly client: IncomingHttpHeaders;
  /** Further headers of the client that the protocol has the endpoint see, lower case. */
  readonly forwards?: readonly string[];
  /** What the provider adds, the credential above all. */
  readonly provider: readonly (readonly [name: string, value: string])[];
  /** From the configuration, lower-case names; wins over the client's and the provider's. */
  readonly extra: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly bodyBytes: number | undefined;
}

/** Builds the headers of an upstream request: flat name, value list. `host` is the pool's affair. */
export function buildRequestHeaders(options: RequestHeaderOptions): string[] {
  const { client, provider, extra } = options;
  const flat: string[] = ['accept-encoding', 'identity'];
  if (!('x-request-id' in extra)) flat.push('x-request-id', options.requestId);
  for (const name of FORWARDED_REQUEST_HEADERS) {
    const value = client[name];
    if (typeof value === 'string' && !(name in extra)) flat.push(name, value);
  }
  if (options.forwards) pushForwarded(flat, options.forwards, options);
  for (const [name, value] of provider) if (!(name in extra)) flat.push(name, value);
  // Compressed answers cannot be read here, whatever the configuration asks for.
  for (const name in extra) if (name !== 'accept-encoding') flat.push(name, extra[name] ?? '');
  if (options.bodyBytes !== undefined) {
    if (!('content-type' in extra)) flat.push('content-type', 'application/json');
    flat.push('content-length', String(options.bodyBytes));
  }
  return flat;
}

const TRACE_HEADERS: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/** Flat headers of a request with another trace context than the client's; what the configuration says of it (`extra`) stays. */
export function withTraceContext(
  flat: readonly string[],
  context: readonly (readonly [name: string, value: string])[],
  extra: Readonly<Record<string, string>>,
): string[] {
  const replaced = (name = ''): boolean => TRACE_HEADERS.has(name) && !(name in extra);
  const kept = flat.filter((_, at) => !replaced(flat[at - (at % 2)]));
  for (const [name, value] of context) if (!(name in extra)) kept.push(name, value);
  return kept;
}

function pushForwarded(
  flat: string[],
  names: readonly string[],
  { client, provider, extra }: RequestHeaderOptions,
): void {
  for (const name of names) {
    const value = client[name];
    const given = name in extra || provider.some(([header]) => header === name);
    if (typeof value === 'string' && !given) flat.push(name, value);
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
