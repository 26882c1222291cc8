import type { RequestContext } from './context.ts';
import { ANONYMOUS } from './principal.ts';

/** Says who is calling, from the head alone: the body of a refused caller is never read. */
export function identify(context: RequestContext): void {
  context.principal = ANONYMOUS;
}
