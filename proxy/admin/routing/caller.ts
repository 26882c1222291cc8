import type { Request, RequestHandler } from 'express';
import { DetailFault } from '../../core/detail-fault.ts';
import type { KeyHolder } from '../../governance/lookup.ts';
import { givenKey, holderOfKey, type KeyDirectoryDeps } from '../given-key.ts';
import type { AccessOf } from './deps.ts';

/** Who asks: someone who operates the proxy, or the holder of a virtual key. */
export type RoutingCaller = { readonly kind: 'administrator' } | { readonly kind: 'key'; readonly holder: KeyHolder };

const ADMINISTRATOR: RoutingCaller = { kind: 'administrator' };
const CALLERS = new WeakMap<Request, RoutingCaller>();

/** Only behind `identified`. */
export function callerOf(request: Request): RoutingCaller {
  const caller = CALLERS.get(request);
  if (caller === undefined) throw new Error('the caller was not identified');
  return caller;
}

/** Lets administrators and valid virtual keys pass. What they bring in a body is not read before. */
export function identified(deps: KeyDirectoryDeps, accessOf: AccessOf): RequestHandler {
  return (request, _response, next) => {
    CALLERS.set(request, callerIn(request, deps, accessOf));
    next();
  };
}

/** Behind `identified`: lets administrators alone pass. */
export const administratorsOnly: RequestHandler = (request, _response, next) => {
  if (callerOf(request).kind !== 'administrator') {
    throw new DetailFault(403, 'Only an administrator may do this: a virtual key may not.');
  }
  next();
};

/** The admin token counts before a virtual key, and a virtual key before administration that is open to everyone. */
function callerIn(request: Request, deps: KeyDirectoryDeps, accessOf: AccessOf): RoutingCaller {
  const key = givenKey(request);
  const access = accessOf(request);
  if (access === 'token' || (access === 'open' && key === undefined)) return ADMINISTRATOR;
  return { kind: 'key', holder: holderOfKey(key, deps) };
}
