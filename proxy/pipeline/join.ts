import { refusalLifetimeMs } from '../cache/policy.ts';
import { candidatesOf } from '../generation/gated-candidates.ts';
import { Generation } from '../generation/generation.ts';
import { queued } from '../generation/queued-candidates.ts';
import { Recorder, type RecorderOptions } from '../generation/recorder.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { credentialDigest } from '../providers/credential-digest.ts';
import { addsUsage } from './adds-usage.ts';
import type { CachePlan, RequestContext } from './context.ts';
import { keepAttempts } from './exchange-work.ts';
import { useHit } from './lookup.ts';
import { keeperFor } from './owned/ownership.ts';
import { queueWeightOf } from './queue-weight.ts';
import type { Runtime } from './runtime.ts';
import { sharedTerms } from './share.ts';

/**
 * Attaches to the generation that already makes this answer, or builds one whole, its recorder included.
 *
 * Interleaving that is closed here: A asks Redis and misses; meanwhile B's equal generation ends, is stored in memory and
 * is removed from the registry; A comes back, finds no generation and would call the endpoint a second time. So memory is
 * looked at once more, in the same tick in which the generation is looked for; storing and removing happen in one tick too
 * (see `Generation`).
 */
export function join(context: RequestContext, runtime: Runtime): void {
  const { plan } = context;
  if (context.replay || !plan) return;
  const sharing = plan.share ? sharingKey(context, plan) : undefined;
  if (sharing !== undefined) {
    // An entry that has to be checked first was, in lookup.
    const near = context.auto?.check ? undefined : runtime.cache.peek(plan.key, plan.terms);
    if (near) {
      runtime.cache.count(near);
      useHit(context, runtime, near);
      return;
    }
    const running = runtime.flights.find(sharing);
    if (running) {
      runtime.cache.count(undefined);
      context.generation = running;
      context.cacheStatus = 'joined';
      return;
    }
  }
  if (plan.read) runtime.cache.count(undefined);
  build(context, runtime, plan, sharing);
}

/** Equal requests share a generation only while the model has the same targets for both, and both have its answer checked. */
function sharingKey({ auto }: RequestContext, { key, terms }: CachePlan): string {
  const plain = `${key} ${terms.targets.fingerprint}`;
  return auto?.check ? `${plain} checked` : plain;
}

/** A generation that no other exchange may follow, for an answer that cannot be shared in this client's shape. */
export function buildDedicated(context: RequestContext, runtime: Runtime): void {
  context.cacheStatus = 'miss';
  if (context.plan) build(context, runtime, context.plan);
}

function build(context: RequestContext, runtime: Runtime, plan: CachePlan, sharing?: string): void {
  keepAttempts(context);
  const generation: Generation = makeGeneration(context, runtime, plan, sharing, () => generation);
  context.generation = generation;
  context.startsGeneration = true;
}

/**
 * A generation that renews the entry this exchange was answered with; undefined where it may not be renewed, or is already.
 * Other exchanges may join it like any other.
 */
export function buildRenewal(context: RequestContext, runtime: Runtime): Generation | undefined {
  const { plan } = context;
  if (!plan?.share) return undefined;
  const sharing = sharingKey(context, plan);
  if (runtime.flights.find(sharing) || runtime.cache.peek(plan.key, plan.terms)) return undefined;
  return makeGeneration(context, runtime, plan, sharing);
}

/** `sharing`: by what equal requests find the generation; without it no other exchange follows it. */
function makeGeneration(
  context: RequestContext,
  runtime: Runtime,
  plan: CachePlan,
  sharing: string | undefined,
  built: () => Generation | undefined = () => undefined,
): Generation {
  const { id, protocol, request, facts, entry, model, head, keys } = context;
  if (!request || !facts || !entry || !model) throw new Error('join runs after lookup');
  const { flights, affinity } = runtime;
  const keeps = sharing !== undefined || plan.write;
  const generation = new Generation(
    {
      request: {
        id,
        protocol,
        view: request,
        facts,
        scan: entry.scan,
        extraCache: entry.extraCache,
        addsUsage: addsUsage(context),
        strictTranslation: model.strictTranslation,
        propagation: context.trace?.propagation,
        check: context.auto?.check,
      },
      candidates: queued(
        candidatesOf(model, { operation: protocol.id, facts, headers: head.headers, keys }, affinity),
        {
          slots: runtime.slots,
          router: model.router,
          caller: () => callerOf(context),
          weight: () => queueWeightOf(context, runtime),
        },
      ),
      retainBytes: keeps ? model.cache.maxEntryBytes : (context.trace?.keepsBytes ?? 0),
      logBudget: flights.logBudget,
      payer: context.account?.payer(facts.model),
      onKept: keeperFor(context, runtime),
      recorder: keeps ? recorderFor(context, runtime, plan, { request, facts, settings: model.cache }) : undefined,
      shared: sharedTerms(context, runtime, plan, sharing, built),
      onClosed: sharing === undefined ? undefined : (closed) => flights.remove(sharing, closed),
    },
    runtime,
  );
  if (sharing !== undefined) flights.add(sharing, generation);
  return generation;
}

function recorderFor(
  { protocol, staleHit, pastSeconds }: RequestContext,
  { cache, clock }: Runtime,
  { key, controls, write }: CachePlan,
  { request, facts, settings }: Pick<GenerationRequest, 'facts'> & Pick<RecorderOptions, 'request' | 'settings'>,
): Recorder {
  return new Recorder({
    cache,
    clock,
    protocol,
    model: facts.model,
    settings,
    controls,
    key,
    store: write,
    request,
    // An entry that may still be served keeps its place.
    refusalMs: staleHit || pastSeconds !== undefined ? 0 : refusalLifetimeMs(settings, controls),
    kept: facts.store,
    limitsOutput: facts.limitsOutput === true,
  });
}

/** Who takes turns with others where requests wait. */
function callerOf({ principal, head }: RequestContext): string {
  return principal?.key ?? credentialDigest(head.headers);
}
