import { ageMs, mayAnswerWhileRenewed } from '../cache/policy.ts';
import type { CacheHit } from '../cache/types.ts';
import { ProxyError } from '../core/errors.ts';
import type { AnswerCheck } from '../generation/checked-events.ts';
import { isLong, planCaching, planLong } from './cache-plan.ts';
import type { CachePlan, LookAhead, RequestContext } from './context.ts';
import { rememberOwn } from './owned/ownership.ts';
import type { Runtime } from './runtime.ts';
import { findVariant, variantsOf } from './variants.ts';

/** Decides what the cache may do for this request and answers from it when it can. */
export function lookup(context: RequestContext, runtime: Runtime): void | Promise<void> {
  if (context.kept?.answer) return undefined;
  const ahead = context.ahead?.model === context.model ? context.ahead : undefined;
  context.ahead = undefined;
  if (isLong(context)) return planLong(context, runtime).then((plan) => follow(context, runtime, plan));
  return follow(context, runtime, ahead?.plan ?? planCaching(context, runtime), ahead);
}

/** Does what the plan says; `ahead`: the cache was asked already. */
function follow(context: RequestContext, runtime: Runtime, plan: CachePlan, ahead?: LookAhead): void | Promise<void> {
  context.plan = plan;
  // A stream may stay open for minutes; what is seldom needed again can be parsed again.
  context.parsed = undefined;
  context.cacheStatus = plan.read ? 'miss' : 'bypass';
  if (!plan.read) {
    requireCached(context, runtime, plan);
    // Without the purges that Redis knows of the new answer cannot be stored there.
    return plan.write ? runtime.cache.prepare(plan.key) : undefined;
  }
  const found = ahead ? ahead.found : find(context, runtime, plan);
  if (!(found instanceof Promise)) return judge(context, runtime, plan, found);
  return found.then((hit) => judge(context, runtime, plan, hit));
}

function find(
  context: RequestContext,
  runtime: Runtime,
  plan: CachePlan,
): CacheHit | undefined | Promise<CacheHit | undefined> {
  const variants = variantsOf(context);
  context.trace?.lookUp();
  return variants === 1 ? runtime.cache.fetch(plan.key, plan.terms) : findVariant(runtime, plan, variants);
}

/**
 * Asks the cache while the limits of the caller are asked: both answers of Redis come with one round trip. What it finds is
 * looked at by `lookup` alone, once the request is admitted.
 */
export function lookAhead(context: RequestContext, runtime: Runtime): void {
  const { model, kept } = context;
  // A response that goes on from a kept one is completed first. A long body takes longer than the round trip.
  if (isLong(context) || !model || kept || model.keepsResponses || !context.entry) return;
  try {
    const plan = planCaching(context, runtime);
    if (plan.read) context.ahead = { model, plan, found: find(context, runtime, plan) };
  } catch (error) {
    // `lookup` says it, if the request comes that far.
    if (!(error instanceof ProxyError)) throw error;
  }
}

function judge(
  context: RequestContext,
  runtime: Runtime,
  plan: CachePlan,
  hit: CacheHit | undefined,
): void | Promise<void> {
  context.trace?.lookedUp('none');
  if (hit?.fresh) {
    if (context.auto?.check && !hit.recording.refusal)
      return judgeChecked(context, runtime, plan, { hit, check: context.auto.check });
    runtime.cache.count(hit);
    useHit(context, runtime, hit);
    return;
  }
  if (hit && answerWhileRenewed(context, runtime, plan, hit)) return;
  context.staleHit = context.auto?.check ? undefined : hit;
  requireCached(context, runtime, plan);
}

/** Answers with an entry past its end, where that is wanted; `respond` has it renewed. */
function answerWhileRenewed(context: RequestContext, runtime: Runtime, plan: CachePlan, hit: CacheHit): boolean {
  const { model, auto } = context;
  const now = runtime.clock.now();
  // An entry that has to be checked first is served as long as it is fresh, and no longer.
  if (!model || auto?.check) return false;
  if (!mayAnswerWhileRenewed(hit, { settings: model.cache, controls: plan.controls, now })) return false;
  runtime.cache.count(hit);
  useHit(context, runtime, hit);
  context.pastSeconds = Math.floor((now - hit.recording.expiresAt) / 1_000);
  return true;
}

/** An answer that was stored for a request which names the model was not checked: one that does not fit is none for `auto`. */
async function judgeChecked(
  context: RequestContext,
  runtime: Runtime,
  plan: CachePlan,
  { hit, check }: { readonly hit: CacheHit; readonly check: AnswerCheck },
): Promise<void> {
  const { facts } = context;
  const replay = facts && runtime.cache.replay(hit.recording, { stream: facts.stream, view: facts, own: facts.own });
  if (replay && typeof (await check(replay.body)) !== 'string') {
    runtime.cache.count(hit);
    useHit(context, runtime, hit);
  } else requireCached(context, runtime, plan);
}

/** Makes a stored answer this exchange's answer. */
export function useHit(context: RequestContext, runtime: Runtime, hit: CacheHit): void {
  const { facts, protocol, trace } = context;
  if (!facts) return;
  const { recording } = hit;
  trace?.lookedUp(hit.tier);
  context.replay = runtime.cache.replay(recording, { stream: facts.stream, view: facts, own: facts.own });
  context.usage = recording.usage;
  context.cacheStatus = hit.fresh ? 'hit' : 'stale';
  context.ageSeconds = Math.floor(ageMs(recording, runtime.clock.now()) / 1_000);
  context.endpoint = hit.endpoint;
  // A follow-up to a replayed response must reach the endpoint that owns it, as after a miss.
  const stored =
    protocol.storesResponses && facts.store && recording.answerId !== undefined ? [recording.answerId] : [];
  const { encryptedItems } = recording;
  if (stored.length + encryptedItems.length > 0)
    runtime.affinity.remember([...stored, ...encryptedItems], hit.endpoint);
  const { model, keys } = context;
  const from = keys && model?.router.endpoints.find(({ id }) => id === hit.endpoint);
  const credential = from && keys?.keyFor(from)?.own.id;
  context.credential = credential;
  rememberOwn(context, runtime, stored, { endpoint: hit.endpoint, credential, kind: protocol.id });
}

function requireCached(context: RequestContext, runtime: Runtime, plan: CachePlan): void {
  if (!plan.controls.onlyIfCached || context.replay) return;
  if (plan.read) runtime.cache.count(undefined);
  throw new ProxyError(
    'only_if_cached',
    'The request may only be answered from the cache, and nothing is cached for it.',
  );
}
