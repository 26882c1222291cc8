import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

const STORED_CHAT = /\/chat\/completions\/([^/]+)$/;

/** The provider has this answer no more: no further request may get it, from the cache or while it is being made. */
export function forgetAnswer(answerId: string, { cache, flights }: Runtime): void {
  flights.removeWhere((generation) => generation.answerId === answerId);
  void cache.forgetAnswer(answerId);
}

/** After the answer to a passed-through request: it may have deleted a stored chat completion, or found none. */
export function forgetDeletedChat({ head, status }: RequestContext, runtime: Runtime): void {
  const isGone = status === 404 || (head.method === 'DELETE' && status >= 200 && status < 300);
  const answerId = isGone ? STORED_CHAT.exec(head.path)?.[1] : undefined;
  if (answerId !== undefined) forgetAnswer(answerId, runtime);
}
