import type { RequestContext } from './context.ts';

/**
 * Whether the endpoint is asked for usage that this client did not ask for, so that the recorded stream can answer a unary
 * request as well. The client must then not see it.
 */
export function addsUsage({ protocol, facts, plan }: RequestContext): boolean {
  if (!protocol.injectsUsage || facts?.stream !== true || facts.includeUsage) return false;
  return plan?.write === true || plan?.share === true;
}
