import type { RequestContext } from './context.ts';

/** Methods that make nothing: what they ask for costs nothing. */
const MAKES_NOTHING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);
const CANCELS = /[/:]cancel$/;

/** Whether the request only reads, deletes or cancels. The opening of a WebSocket does more, though it is a GET. */
export function makesNothing({ head, transport }: Pick<RequestContext, 'head' | 'transport'>): boolean {
  if (transport?.kind === 'upgrade') return false;
  return MAKES_NOTHING.has(head.method) || CANCELS.test(head.path);
}
