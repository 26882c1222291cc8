import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

const STORED_CHAT = /\/chat\/completions\/([^/]+)$/;

/** The provider has this answer no more: no further request may get it, from the cache or while it is being made. */
export function forgetAnswer(answerId: string, { cache, flights }: Runtime): void {
  flights.removeWhere((generation) => generation.answerId === answerId);
  void cache.forgetAnswer(answerId);
}

/** To be called with the answer to a passed-through request: it may have deleted a stored chat completion. */
export function forgetDeletedChat({ head, status }: RequestContext, runtime: Runtime): void {
  if (head.method !== 'DELETE') return;
  const answerId = STORED_CHAT.exec(head.path)?.[1];
  if (answerId !== undefined && (status < 300 || status === 404)) forgetAnswer(answerId, runtime);
}
