import { readControls } from '../cache/controls.ts';
import { cacheKey, contextText, type KeyContext } from '../cache/key.ts';
import { ageMs, cachePermission, ignoredFields, NO_CACHING } from '../cache/policy.ts';
import type { CacheHit } from '../cache/types.ts';
import { ProxyError } from '../core/errors.ts';
import type { AnswerCheck } from '../generation/checked-events.ts';
import { requestObject } from '../wire/json-object.ts';
import { withoutParameters } from '../wire/query.ts';
import type { CachePlan, RequestContext } from './context.ts';
import { namedBody } from './named-body.ts';
import { rememberOwn } from './owned/ownership.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** Decides what the cache may do for this request and answers from it when it can. */
export function lookup(context: RequestContext, runtime: Runtime): void | Promise<void> {
  if (context.kept?.answer) return undefined;
  const ahead = context.ahead?.model === context.model ? context.ahead : undefined;
  context.ahead = undefined;
  const plan = ahead?.plan ?? planCaching(context);
  context.plan = plan;
  // A stream may stay open for minutes; what is seldom needed again can be parsed again.
  context.parsed = undefined;
  context.cacheStatus = plan.read ? 'miss' : 'bypass';
  if (!plan.read) {
    requireCached(context, runtime, plan);
    // Without the purges that Redis knows of the new answer cannot be stored there.
    return plan.write ? runtime.cache.prepare(plan.key) : undefined;
  }
  const found = ahead ? ahead.found : runtime.cache.fetch(plan.key, plan.terms);
  if (!(found instanceof Promise)) return judge(context, runtime, plan, found);
  return found.then((hit) => judge(context, runtime, plan, hit));
}

/**
 * Asks the cache while the limits of the caller are asked: both answers of Redis come with one round trip. What it finds is
 * looked at by `lookup` alone, once the request is admitted.
 */
export function lookAhead(context: RequestContext, runtime: Runtime): void {
  const { model, kept } = context;
  // A response that goes on from a kept one is completed first.
  if (!model || kept || model.keepsResponses || !context.entry) return;
  try {
    const plan = planCaching(context);
    if (plan.read) context.ahead = { model, plan, found: runtime.cache.fetch(plan.key, plan.terms) };
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
  if (hit?.fresh) {
    if (context.auto?.check) return judgeChecked(context, runtime, plan, { hit, check: context.auto.check });
    runtime.cache.count(hit);
    useHit(context, runtime, hit);
    return;
  }
  context.staleHit = hit;
  requireCached(context, runtime, plan);
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
  const { facts, protocol } = context;
  if (!facts) return;
  const { recording } = hit;
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

function planCaching(context: RequestContext): CachePlan {
  const { facts, model, entry, request } = context;
  if (!facts || !model || !entry || !request) throw new Error('lookup runs after resolve');
  const header = request.headers['cache-control'];
  const controls = readControls(header, facts.cache, entry.extraCache);
  const permission = entry.ambiguous ? NO_CACHING : cachePermission(model.cache, facts, controls);
  const wanted = permission.read || permission.write || permission.join;
  return {
    controls,
    terms: { controls, targets: model.cache.targets },
    key: wanted ? keyOf(context, model, controls.namespace ?? model.cache.namespace) : '',
    read: permission.read,
    write: permission.write,
    share: permission.join,
  };
}

/** The canonical key, computed once a body and context. */
function keyOf(context: RequestContext, model: ModelRuntime, namespace: string): string {
  const { facts, entry, request, protocol, scope } = context;
  if (!facts || !entry || !request) throw new Error('lookup runs after resolve');
  const identity: KeyContext = {
    scope,
    namespace,
    operation: protocol.id,
    model: facts.model,
    mocksOnly: model.cache.targets.mocksOnly,
    headers: request.headers,
    forwardsCredential: model.cache.forwardsCredential,
    query: protocol.shapeParameters ? withoutParameters(request.query, protocol.shapeParameters) : request.query,
    ignore: ignoredFields(model.cache, facts),
  };
  const text = contextText(identity);
  let key = entry.keys.get(text);
  if (key === undefined) {
    const body = { parsed: context.parsed ?? requestObject(request.body), raw: request.body };
    // A model that was picked, or fallen back on, has the entries of requests that name it.
    const isNamed = context.auto === undefined && context.fallback === undefined;
    key = cacheKey(identity, isNamed ? body : namedBody(body, entry.scan, facts.model), text);
    // A body that is asked for in ever new scopes or namespaces must not grow its entry without end.
    if (entry.keys.size >= 8) entry.keys.clear();
    entry.keys.set(text, key);
  }
  return key;
}
