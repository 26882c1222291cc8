import type { ProxyError } from '../../core/errors.ts';
import type { Awaitable } from '../../governance/limits/types.ts';
import type { OwnedObject } from '../../governance/objects/types.ts';
import type { MadeBy } from '../../generation/answer.ts';
import type { RequestContext } from '../context.ts';
import { ownerOf } from '../principal.ts';
import type { Runtime } from '../runtime.ts';

/** An id that a request names, and what its caller hears where the thing is not its own. */
export interface Named {
  readonly id: string;
  readonly missing: (id: string) => ProxyError;
}

/** Who owns what the request makes; undefined for callers without a key, which share. */
export function callerOf({ principal, passthrough }: RequestContext): string | undefined {
  return ownerOf(principal) ?? passthrough?.secretOwner;
}

/** A caller with a key sees its own; one without a key what has no owner. */
export function isOwn(caller: string | undefined, found: OwnedObject | undefined): boolean {
  return found?.owner === caller;
}

/**
 * Throws where the request names something that is not its caller's, and ProxyError `store_unavailable` where that is not
 * known. From here on the endpoints are known that keep what it names.
 */
export function assertOwn(context: RequestContext, runtime: Runtime, named: readonly Named[]): Awaitable<void> {
  const { governed } = runtime;
  if (!governed || named.length === 0) return undefined;
  const found = governed.owners.find(named.map(({ id }) => id));
  const judge = (all: ReadonlyMap<string, OwnedObject>): void => judgeAll(context, runtime, named, all);
  return found instanceof Promise ? found.then(judge) : judge(found);
}

function judgeAll(
  context: RequestContext,
  { affinity, governed }: Runtime,
  named: readonly Named[],
  found: ReadonlyMap<string, OwnedObject>,
): void {
  const caller = callerOf(context);
  for (const { id, missing } of named) {
    const object = found.get(id);
    if (!isOwn(caller, object)) throw missing(id);
    if (object) {
      // It is reached with the key alone that it was made with: one that was deleted takes it along.
      if (object.credential !== undefined && !governed?.credentials?.directory.find(object.credential))
        throw missing(id);
      context.bound ??= { credential: object.credential };
    }
    if (object && affinity.peek([id]) === undefined) affinity.remember([id], object.endpoint);
  }
}

/** Remembers an answer for its caller; undefined where nothing is remembered. */
export function keeperFor(
  context: RequestContext,
  runtime: Runtime,
): ((answerId: string, by: MadeBy) => void) | undefined {
  if (!runtime.governed || callerOf(context) === undefined) return undefined;
  const { id: kind } = context.protocol;
  return (answerId, { endpoint, credential }) =>
    rememberOwn(context, runtime, [answerId], { endpoint, credential, kind });
}

/** The endpoint keeps these from now on: they are the caller's. */
export function rememberOwn(
  context: RequestContext,
  { governed }: Runtime,
  ids: readonly string[],
  { endpoint, credential, kind }: MadeBy & { readonly kind: string },
): void {
  const owner = governed && callerOf(context);
  if (owner !== undefined) governed?.owners.remember(ids, { owner, endpoint, credential, kind });
}
