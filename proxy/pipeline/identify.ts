import type { RequestContext } from './context.ts';
import { ANONYMOUS } from './principal.ts';
import { assertVirtualKey } from './require-key.ts';
import type { Runtime } from './runtime.ts';

/** Says who is calling, from the head alone: the body of a refused caller is never read. */
export function identify(context: RequestContext, runtime: Runtime): void {
  assertVirtualKey(runtime.requireKey);
  context.principal = ANONYMOUS;
}
