import type { Generation } from '../generation/generation.ts';
import type { SharedRole, SharedTerms, StoredAnswer } from '../generation/shared-run.ts';
import type { CachePlan, RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** All that clients may see of a stored answer: what each may is taken out for it later. */
const WHOLE = { includeUsage: true, includeObfuscation: true };

/**
 * How the generation of this exchange is shared with other processes; undefined where it is not. `sharing`: by what equal
 * requests find it. `built`: the generation, once the exchange has it; undefined for one that no client follows.
 */
export function sharedTerms(
  context: RequestContext,
  runtime: Runtime,
  plan: CachePlan,
  sharing: string | undefined,
  built: () => Generation | undefined,
): SharedTerms | undefined {
  const { shared } = runtime;
  if (sharing === undefined || !shared) return undefined;
  const { cacheStatus } = context;
  return {
    flights: shared,
    name: { key: plan.key, variant: sharing },
    // An entry that this request has seen or must not see is no reason to wait for another.
    pastStored: !plan.read || context.staleHit !== undefined || context.pastSeconds !== undefined,
    stored: () => storedAnswer(context, runtime, plan),
    onRole: (role) => {
      runtime.telemetry.shared(role);
      if (built() === undefined || context.generation !== built()) return;
      const follows = FOLLOWS[role];
      context.startsGeneration = !follows;
      context.cacheStatus = follows ? 'joined' : cacheStatus;
    },
  };
}

/** Whether the answer is made by another process. */
const FOLLOWS: Readonly<Record<SharedRole, boolean>> = {
  lead: false,
  follow: true,
  again: true,
  stored: true,
  alone: false,
};

/** An answer that has come into the cache while the leader was looked for. */
async function storedAnswer(
  { facts, auto }: RequestContext,
  { cache }: Runtime,
  plan: CachePlan,
): Promise<StoredAnswer | undefined> {
  if (!facts || auto?.check) return undefined;
  const hit = await cache.fetch(plan.key, plan.terms);
  if (!hit?.fresh || hit.recording.refusal) return undefined;
  const { recording, endpoint } = hit;
  const { shape } = recording;
  const { headers, body } = cache.replay(recording, { stream: shape === 'stream', view: WHOLE, own: facts.own });
  const head = { status: 200, shape, headers, attempts: 0, endpoint };
  return { head: shape === 'body' ? { ...head, length: body.length } : head, bytes: body, recording };
}
