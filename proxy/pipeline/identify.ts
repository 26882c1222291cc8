import { routeRule } from '../core/route-families.ts';
import { clientSecret, secretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { ANONYMOUS } from './principal.ts';
import { assertVirtualKey } from './require-key.ts';
import type { Runtime } from './runtime.ts';

/** Says who is calling, from the head alone: the body of a refused caller is never read. */
export function identify(context: RequestContext, runtime: Runtime): void | Promise<void> {
  context.principal = ANONYMOUS;
  if (!runtime.requireKey) return undefined;
  const secret = sessionSecret(context);
  if (secret === undefined) return assertVirtualKey(true);
  return runtime.affinity.find([secretName(secret)]).then((endpoint) => assertVirtualKey(endpoint === undefined));
}

/**
 * A client secret stands for the caller that had it minted through this proxy: the session that it opens is that caller's.
 * One that was minted elsewhere stands for no caller of this proxy.
 */
function sessionSecret({ head, transport }: RequestContext): string | undefined {
  return transport && routeRule(head.path).family === 'realtime' ? clientSecret(head.headers) : undefined;
}
