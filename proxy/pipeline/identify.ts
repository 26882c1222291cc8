import { routeRule } from '../core/route-families.ts';
import { clientSecret, secretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { ANONYMOUS } from './principal.ts';
import { virtualKeyRequired } from './require-key.ts';
import type { Runtime } from './runtime.ts';

/** Says who is calling, from the head alone: the body of a refused caller is never read. */
export function identify(context: RequestContext, runtime: Runtime): void | Promise<void> {
  context.principal = ANONYMOUS;
  const { governed } = runtime;
  governed?.stages.identifyKey(context, runtime, governed);
  if (context.principal === ANONYMOUS && runtime.requireKey) return assertCaller(context, runtime);
  governed?.stages.openAccount(context, governed);
}

/** A caller without a virtual key is let in with a session that was minted here, and with nothing else. */
function assertCaller(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const secret = sessionSecret(context);
  if (secret === undefined) return refuse(runtime);
  return runtime.affinity
    .find([secretName(secret)])
    .then((endpoint) =>
      endpoint === undefined ? refuse(runtime) : runtime.governed?.stages.openAccount(context, runtime.governed),
    );
}

/**
 * A client secret stands for the caller that had it minted through this proxy: the session that it opens is that caller's.
 * One that was minted elsewhere stands for no caller of this proxy.
 */
function sessionSecret({ head, transport }: RequestContext): string | undefined {
  return transport && routeRule(head.path).family === 'realtime' ? clientSecret(head.headers) : undefined;
}

function refuse({ governed }: Runtime): never {
  governed?.watch.refused('virtual_key_required');
  throw virtualKeyRequired();
}
