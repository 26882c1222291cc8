import { type AnswerHead, madeBy } from '../generation/answer.ts';
import type { Endpoint } from '../routing/types.ts';
import type { RequestContext } from './context.ts';
import { attemptsBefore } from './fallback-run.ts';

type Pairs = readonly (readonly [string, string])[];

/** What the cache did, as RFC 9211 says it. */
const CACHE_STATUS: Record<Exclude<RequestContext['cacheStatus'], 'none'>, string> = {
  hit: 'llmproxy; hit',
  stale: 'llmproxy; hit; fwd=stale',
  miss: 'llmproxy; fwd=uri-miss',
  joined: 'llmproxy; fwd=uri-miss; collapsed',
  bypass: 'llmproxy; fwd=bypass',
};

/** `pastSeconds`: of an entry that was served without asking an endpoint first, for how long it had been past its end. */
function statusOf(status: keyof typeof CACHE_STATUS, pastSeconds: number | undefined): string {
  return pastSeconds === undefined ? CACHE_STATUS[status] : `${CACHE_STATUS.hit}; ttl=${-pastSeconds}`;
}

/** Whatever lies between must neither store a stream nor rewrite it nor hold its events back. */
const UNBUFFERED = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no'] as const;
const UNBUFFERED_NAMES: ReadonlySet<string> = new Set(['cache-control', 'x-accel-buffering']);

const RATE_LIMITS = /^(?:x|anthropic)-ratelimit-/;

/** The headers that every answer of a pipeline carries, flat: name, value, name, value … */
export function answerHeaders(context: RequestContext, from: Pairs): string[] {
  const flat: string[] = [];
  const streams = from.some(([name, value]) => name === 'content-type' && isEventStream(value));
  const { limitHeaders } = context;
  for (const [name, value] of from) {
    if (streams && UNBUFFERED_NAMES.has(name)) continue;
    // Limits of the operator's account are not the caller's, who has its own.
    if (limitHeaders === undefined || !RATE_LIMITS.test(name)) flat.push(name, value);
  }
  if (limitHeaders) for (const name in limitHeaders) flat.push(name, limitHeaders[name] ?? '');
  if (streams) flat.push(...UNBUFFERED);
  pushIdentity(flat, context);
  if (context.endpoint !== undefined) {
    flat.push('x-llmproxy-endpoint', context.endpoint);
    if (context.account) pushServed(flat, context);
  }
  pushModels(flat, context);
  if (context.cacheStatus !== 'none' || context.endpoint !== undefined) {
    flat.push('x-llmproxy-attempts', String(context.attempts));
  }
  return flat;
}

/** Where the client has not named the model that answers: how the proxy came to it. */
function pushModels(flat: string[], { auto, fallback }: RequestContext): void {
  const others = auto ?? fallback;
  if (others) flat.push(...others.headers());
}

/** The head of a stream that no endpoint has begun yet: what depends on the endpoint cannot be in it. */
export function waitingHeaders(context: RequestContext): string[] {
  const flat = ['content-type', 'text/event-stream; charset=utf-8', ...UNBUFFERED];
  pushIdentity(flat, context);
  return flat;
}

function pushIdentity(flat: string[], context: RequestContext): void {
  flat.push('x-request-id', context.id);
  const { cacheStatus } = context;
  if (cacheStatus !== 'none') {
    flat.push('x-llmproxy-cache', cacheStatus, 'cache-status', statusOf(cacheStatus, context.pastSeconds));
    if (context.ageSeconds !== undefined) flat.push('age', String(context.ageSeconds));
  }
}

/** The proxy's own headers of an answer that is passed on as it comes, flat. */
export function labelsOf(context: RequestContext, endpoint: Endpoint): readonly string[] {
  const { endpoint: id, credential } = madeBy(endpoint);
  const flat = ['x-request-id', context.id, 'x-llmproxy-endpoint', id];
  if (context.account) pushServed(flat, { credential, facts: context.facts, auto: context.auto });
  return flat;
}

/** Where keys are known: which model has answered, and whose key it was asked with. */
function pushServed(
  flat: string[],
  { credential, facts, auto }: Pick<RequestContext, 'credential' | 'facts' | 'auto'>,
): void {
  flat.push('x-llmproxy-credential', credential ?? 'system');
  if (facts && facts.model !== '' && auto === undefined) flat.push('x-llmproxy-model', facts.model);
}

function isEventStream(contentType: string): boolean {
  return contentType.startsWith('text/event-stream');
}

/** Notes on the exchange whose answer it is going to be. */
export function takeHead(
  context: RequestContext,
  head: Pick<AnswerHead, 'endpoint' | 'credential' | 'attempts' | 'status'>,
): void {
  context.endpoint = head.endpoint;
  context.credential = head.credential;
  context.attempts = (context.startsGeneration ? head.attempts : 0) + attemptsBefore(context);
  context.status = head.status;
}
