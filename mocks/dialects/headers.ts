import type { DialectContext, HeaderList } from './reply.ts';

/** Requests and tokens a minute that the rate limit headers speak of. */
const REQUEST_LIMIT = 10_000;
const TOKEN_LIMIT = 2_000_000;
const MINUTE_MS = 60_000;

type Header = readonly [name: string, value: string];

const CHUNKED: Header = ['transfer-encoding', 'chunked'];

const FIXED: readonly Header[] = [
  ['strict-transport-security', 'max-age=31536000; includeSubDomains; preload'],
  ['x-content-type-options', 'nosniff'],
  ['access-control-expose-headers', 'X-Request-ID, CF-Ray'],
  ['server', 'cloudflare'],
  ['cf-cache-status', 'DYNAMIC'],
  ['alt-svc', 'h3=":443"; ma=86400'],
];

/** Appends what names the answer: one list that grows, and no lists between, because every answer needs one. */
function identify(list: Header[], { organization, project, version, random }: DialectContext): void {
  list.push(
    ['openai-organization', organization],
    ['openai-processing-ms', String(1 + Math.floor(random.next() * 40))],
    ['openai-project', project],
    ['openai-version', version],
    ['x-request-id', `req_${random.hex(32)}`],
  );
}

/** Appends what the edge network adds. */
function addEdge(list: Header[], context: DialectContext): HeaderList {
  const { random } = context;
  const ms = context.now();
  const seconds = Math.floor(ms / 1000);
  const mark = random.alnum(22);
  for (const header of FIXED) list.push(header);
  list.push(
    ['cf-ray', `${random.hex(16)}-AMS`],
    ['set-cookie', `__cf_bm=${mark}-${seconds}-1.0.1.1-${mark}; path=/; HttpOnly; Secure; SameSite=None`],
    ['set-cookie', `_cfuvid=${mark}-${ms}-0.0.1.1-604800000; path=/; HttpOnly; Secure; SameSite=None`],
  );
  return list;
}

const LIMITS: readonly Header[] = [
  ['x-ratelimit-limit-requests', String(REQUEST_LIMIT)],
  ['x-ratelimit-limit-tokens', String(TOKEN_LIMIT)],
  ['x-ratelimit-remaining-requests', String(REQUEST_LIMIT - 1)],
];
const RESET_REQUESTS: Header = ['x-ratelimit-reset-requests', `${MINUTE_MS / REQUEST_LIMIT}ms`];

/** Remaining tokens are the limit less what this request is estimated to cost; the reset times follow from window and use. */
export function rateLimitHeaders(estimatedTokens: number): readonly Header[] {
  const remaining = Math.max(0, TOKEN_LIMIT - estimatedTokens);
  const tokenReset = Math.round(((TOKEN_LIMIT - remaining) / TOKEN_LIMIT) * MINUTE_MS);
  return [
    ...LIMITS,
    ['x-ratelimit-remaining-tokens', String(remaining)],
    RESET_REQUESTS,
    ['x-ratelimit-reset-tokens', tokenReset === 0 ? '0s' : `${tokenReset}ms`],
  ];
}

/** What the older operations add: they come through another router. */
export function legacyHeaders(context: DialectContext, model: string): readonly Header[] {
  return [
    ['access-control-allow-origin', '*'],
    ['openai-model', model],
    ['via', `envoy-router-${context.random.hex(10)}`],
  ];
}

/** Headers of an answer; `transfer-encoding` is named because the provider never sends a length with one. */
export function successHeaders(
  context: DialectContext,
  contentType: string,
  extra: readonly Header[] = [],
): HeaderList {
  const list: Header[] = [['content-type', contentType], CHUNKED];
  identify(list, context);
  for (const header of extra) list.push(header);
  return addEdge(list, context);
}

/** Headers of a refusal: with a length, without rate limits; what is not found names its character set. */
export function errorHeaders(context: DialectContext, status: number, contentLength: number): HeaderList {
  const list: Header[] = [
    ['content-type', status === 404 ? 'application/json; charset=utf-8' : 'application/json'],
    ['content-length', String(contentLength)],
  ];
  identify(list, context);
  return addEdge(list, context);
}
