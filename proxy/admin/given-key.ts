import type { Request } from 'express';
import type { Clock } from '../core/clock.ts';
import { DetailFault } from '../core/detail-fault.ts';
import { ProxyError } from '../core/errors.ts';
import { unavailable } from '../governance/fault.ts';
import type { KeyHolder, KeyLookup } from '../governance/lookup.ts';
import { virtualKeyIn } from '../pipeline/governed/virtual-key.ts';

/** The virtual key of a request below `/api/v1`. Throws DetailFault 401 where one header has two. */
export function givenKey({ method, path, headers, rawHeaders }: Request): string | undefined {
  try {
    return virtualKeyIn({ method, path, query: '', headers, raw: rawHeaders });
  } catch (error) {
    if (error instanceof ProxyError) throw notAuthenticated();
    throw error;
  }
}

export interface KeyDirectoryDeps {
  readonly clock: Clock;
  lookup(key: string, now: number): KeyLookup;
}

/** Throws DetailFault 401, the same for every key that opens nothing, and GovernanceFault 503 where that is not known. */
export function holderOfKey(key: string | undefined, deps: KeyDirectoryDeps): KeyHolder {
  if (key === undefined) throw notAuthenticated();
  const found = deps.lookup(key, deps.clock.now());
  if (found.state === 'unavailable') throw unavailable();
  if (found.state !== 'active') throw notAuthenticated();
  return found.holder;
}

export function notAuthenticated(): DetailFault {
  return new DetailFault(401, 'Not authenticated', { 'www-authenticate': 'Bearer' });
}
