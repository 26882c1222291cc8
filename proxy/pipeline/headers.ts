import type { AnswerHead } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';

type Pairs = readonly (readonly [string, string])[];

/** What the cache did, as RFC 9211 says it. */
const CACHE_STATUS: Record<Exclude<RequestContext['cacheStatus'], 'none'>, string> = {
  hit: 'llmproxy; hit',
  stale: 'llmproxy; hit; fwd=stale',
  miss: 'llmproxy; fwd=uri-miss',
  joined: 'llmproxy; fwd=uri-miss; collapsed',
  bypass: 'llmproxy; fwd=bypass',
};

/** The headers that every answer of a pipeline carries, flat: name, value, name, value … */
export function answerHeaders(context: RequestContext, from: Pairs): string[] {
  const flat: string[] = [];
  for (const [name, value] of from) flat.push(name, value);
  flat.push('x-request-id', context.id);
  const { cacheStatus } = context;
  if (cacheStatus !== 'none') {
    flat.push('x-llmproxy-cache', cacheStatus, 'cache-status', CACHE_STATUS[cacheStatus]);
    if (context.ageSeconds !== undefined) flat.push('age', String(context.ageSeconds));
  }
  if (context.endpoint !== undefined) flat.push('x-llmproxy-endpoint', context.endpoint);
  if (cacheStatus !== 'none' || context.endpoint !== undefined) {
    flat.push('x-llmproxy-attempts', String(context.attempts));
  }
  return flat;
}

/** Notes on the exchange whose answer it is going to be. */
export function takeHead(context: RequestContext, head: Pick<AnswerHead, 'endpoint' | 'attempts' | 'status'>): void {
  context.endpoint = head.endpoint;
  context.attempts = context.startsGeneration ? head.attempts : 0;
  context.status = head.status;
}
