import type { IncomingHttpHeaders } from 'node:http';

import { DetailFault } from '../../core/detail-fault.ts';
import { type CredentialOf, systemCredential } from '../../pipeline/auto/candidates.ts';
import type { AutoTools } from '../../pipeline/auto/types.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Runtime } from '../../pipeline/runtime.ts';
import type { RoutingCaller } from './caller.ts';

/** The configuration that a question about the model `auto` is answered by. */
export interface AutoNow {
  readonly runtime: Runtime;
  readonly tools: AutoTools;
}

/** Throws DetailFault 404 where there is no such model. */
export async function autoNow(runtime: Runtime): Promise<AutoNow> {
  if (runtime.auto === undefined) throw new DetailFault(404, 'The model `auto` does not exist.');
  return { runtime, tools: await runtime.auto.tools() };
}

/** Who would ask: an administrator asks as a caller without a key does. */
export function principalOf(caller: RoutingCaller): Principal {
  return caller.kind === 'key' ? { key: caller.holder.key.id, holder: caller.holder } : {};
}

/** Whose keys a request with these headers would be sent with. Throws ProxyError for a credential that cannot be used. */
export function credentialOf(headers: IncomingHttpHeaders, principal: Principal, { governed }: Runtime): CredentialOf {
  if (governed === undefined) return systemCredential;
  const asked = { principal, head: { headers }, bound: undefined, stored: undefined, passthrough: undefined };
  return governed.stages.credentialsOf(asked, governed);
}
