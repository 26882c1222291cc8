import type { LimitLevel, LimitStanding } from '../family.ts';
import type { DialectContext, HeaderList } from '../reply.ts';
import { idAfter } from './ids.ts';

type Header = readonly [name: string, value: string];

/** Limits that an answer of a server without limits speaks of. */
const REQUESTS = 4000;
const INPUT_TOKENS = 2_000_000;
const OUTPUT_TOKENS = 400_000;
const ROUNDED_TO = 1000;

/** RFC 3339 with whole seconds: `2026-08-19T14:34:12Z`. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function level(kind: string, limit: number, remaining: number, resetAt: number): readonly Header[] {
  const name = `anthropic-ratelimit-${kind}`;
  return [
    [`${name}-limit`, String(limit)],
    [`${name}-remaining`, String(remaining)],
    [`${name}-reset`, wholeSeconds(resetAt)],
  ];
}

const thousands = (tokens: number): number => Math.max(0, Math.round(tokens / ROUNDED_TO) * ROUNDED_TO);

/** Plausible rate limits of an answer that costs so many tokens. */
export function plausibleLimits(input: number, output: number, context: DialectContext): readonly Header[] {
  const now = context.now();
  const [inLeft, outLeft] = [thousands(INPUT_TOKENS - input), thousands(OUTPUT_TOKENS - output)];
  return [
    ...level('input-tokens', INPUT_TOKENS, inLeft, now),
    ...level('output-tokens', OUTPUT_TOKENS, outLeft, now),
    ...level('requests', REQUESTS, REQUESTS - 1, now),
    ...level('tokens', INPUT_TOKENS + OUTPUT_TOKENS, inLeft + outLeft, now),
  ];
}

function truth(kind: string, { limit, remaining, resetMs }: LimitLevel, now: number): readonly Header[] {
  return level(kind, limit, remaining, now + resetMs);
}

/** The true rate limits; a limit of tokens is one of input and output together, and stands for both. */
export function standingHeaders({ requests, tokens }: LimitStanding, context: DialectContext): HeaderList {
  const now = context.now();
  return [
    ...(tokens === undefined ? [] : truth('input-tokens', tokens, now)),
    ...(tokens === undefined ? [] : truth('output-tokens', tokens, now)),
    ...(requests === undefined ? [] : truth('requests', requests, now)),
    ...(tokens === undefined ? [] : truth('tokens', tokens, now)),
  ];
}

/** A UUID for the organization's name, the same every time. */
export function organizationId({ organization }: Pick<DialectContext, 'organization'>): string {
  const hex = Buffer.from(organization.padEnd(16, '.')).toString('hex').slice(0, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function addEdge(list: Header[], requestId: string, context: DialectContext, known: boolean): HeaderList {
  const { random } = context;
  list.push(['request-id', requestId], ['strict-transport-security', 'max-age=31536000; includeSubDomains; preload']);
  if (known) {
    list.push(
      ['anthropic-organization-id', organizationId(context)],
      ['anthropic-workspace-id', `wrkspc_01${context.project.slice(-22)}`],
    );
  }
  list.push(
    ['traceresponse', `00-${random.hex(32)}-${random.hex(16)}-01`],
    ['server', 'cloudflare'],
    ['vary', 'Accept-Encoding'],
    ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
    ['cf-cache-status', 'DYNAMIC'],
    ['x-robots-tag', 'none'],
    ['cf-ray', `${random.hex(16)}-AMS`],
  );
  return list;
}

/** Headers of an answer, in the provider's order; `limits` stand after the content type. */
export function successHeaders(
  context: DialectContext,
  contentType: string,
  limits: readonly Header[] = [],
): HeaderList {
  const list: Header[] = [
    ['content-type', contentType],
    ['transfer-encoding', 'chunked'],
  ];
  if (contentType.startsWith('text/event-stream')) list.push(['cache-control', 'no-cache']);
  list.push(...limits);
  return addEdge(list, idAfter('req_011C', context), context, true);
}

const NO_RETRY = new Set([400, 401, 404]);

/** Headers of a refusal: with a length, without rate limits, and with whether another try is of use. */
export function errorHeaders(
  context: DialectContext,
  status: number,
  contentLength: number,
  requestId: string,
): HeaderList {
  const list: Header[] = [
    ['content-type', 'application/json'],
    ['content-length', String(contentLength)],
  ];
  if (NO_RETRY.has(status)) list.push(['x-should-retry', 'false']);
  if (status === 529) list.push(['x-should-retry', 'true'], ['cache-control', 'no-store, no-cache']);
  return addEdge(list, requestId, context, status !== 401);
}
