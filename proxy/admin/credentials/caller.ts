import type { Request, RequestHandler, Response } from 'express';
import { DetailFault } from '../../core/detail-fault.ts';
import type { KeyHolder } from '../../governance/lookup.ts';
import type { CredentialOwner } from '../../governance/credentials/credential-store.ts';
import { givenKey, holderOfKey, notAuthenticated } from '../given-key.ts';
import type { CredentialsRouterDeps } from './deps.ts';

export interface Caller extends CredentialOwner {
  readonly holder: KeyHolder;
}

const CALLERS = new WeakMap<Request, Caller>();

/** The user whose key the request carries. Only behind `identified`. */
export function callerOf(request: Request): Caller {
  const caller = CALLERS.get(request);
  if (caller === undefined) throw new Error('the caller was not identified');
  return caller;
}

/** Lets the requests of users pass, as many as they may send. What they bring in a body is not read before. */
export function identified(deps: CredentialsRouterDeps): RequestHandler {
  return async (request, response, next) => {
    const holder = holderOfKey(givenKey(request), deps);
    const userId = holder.user?.id;
    if (userId === undefined) throw notAuthenticated();
    await countRequest(response, userId, deps);
    CALLERS.set(request, { userId, actor: `user/${userId}`, holder });
    next();
  };
}

async function countRequest(response: Response, userId: string, deps: CredentialsRouterDeps): Promise<void> {
  const { limit, remaining, resetsAt, retryAfterMs } = await deps.take(userId);
  response.set({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetsAt / 1_000)),
  });
  if (retryAfterMs === undefined) return;
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  throw new DetailFault(429, `Too many requests. Try again in ${seconds} s.`, { 'retry-after': String(seconds) });
}
