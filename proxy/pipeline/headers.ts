import type { Exchange } from './exchange.ts';
import type { AnswerHead } from '../generation/answer.ts';

type Pairs = readonly (readonly [string, string])[];

/** What the cache did, as RFC 9211 says it. */
const CACHE_STATUS: Record<Exchange['cacheStatus'], string> = {
  hit: 'llmproxy; hit',
  stale: 'llmproxy; hit; fwd=stale',
  miss: 'llmproxy; fwd=uri-miss',
  joined: 'llmproxy; fwd=uri-miss; collapsed',
  bypass: 'llmproxy; fwd=bypass',
};

/** The headers that every answer of the pipeline carries, flat: name, value, name, value … */
export function answerHeaders(exchange: Exchange, from: Pairs): string[] {
  const flat: string[] = [];
  for (const [name, value] of from) flat.push(name, value);
  flat.push('x-request-id', exchange.id);
  flat.push('x-llmproxy-cache', exchange.cacheStatus, 'cache-status', CACHE_STATUS[exchange.cacheStatus]);
  if (exchange.ageSeconds !== undefined) flat.push('age', String(exchange.ageSeconds));
  if (exchange.endpoint !== undefined) flat.push('x-llmproxy-endpoint', exchange.endpoint);
  flat.push('x-llmproxy-attempts', String(exchange.attempts));
  return flat;
}

/** Notes on the exchange whose answer it is going to be. */
export function adoptHead(exchange: Exchange, head: Pick<AnswerHead, 'endpoint' | 'attempts' | 'status'>): void {
  exchange.endpoint = head.endpoint;
  exchange.attempts = exchange.leads ? head.attempts : 0;
  exchange.status = head.status;
}
