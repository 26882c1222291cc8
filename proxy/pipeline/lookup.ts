import { readControls } from '../cache/controls.ts';
import { cacheKey, cacheKeySteps, contextText, type KeyBody, type KeyContext } from '../cache/key.ts';
import { ageMs, cachePermission, ignoredFields, NO_CACHING } from '../cache/policy.ts';
import type { CacheHit } from '../cache/types.ts';
import { ProxyError } from '../core/errors.ts';
import type { Steps } from '../core/slices.ts';
import type { AnswerCheck } from '../generation/checked-events.ts';
import type { RequestFacts } from '../protocols/types.ts';
import type { RequestView } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { requestObjectSteps } from '../wire/json-slices.ts';
import { withoutParameters } from '../wire/query.ts';
import type { CachePlan, LookAhead, RequestContext } from './context.ts';
import { rememberOwn } from './owned/ownership.ts';
import type { MemoEntry } from './request-memo.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** Decides what the cache may do for this request and answers from it when it can. */
export function lookup(context: RequestContext, runtime: Runtime): void | Promise<void> {
  if (context.kept?.answer) return undefined;
  const ahead = context.ahead?.model === context.model ? context.ahead : undefined;
  context.ahead = undefined;
  if (isLong(context)) return planLong(context, runtime).then((plan) => follow(context, runtime, plan));
  return follow(context, runtime, ahead?.plan ?? planCaching(context), ahead);
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
  // A response that goes on from a kept one is completed first. A long body takes longer than the round trip.
  if (isLong(context) || !model || kept || model.keepsResponses || !context.entry) return;
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
  const draft = draftPlan(context);
  return { ...draft.plan, key: draft.identity ? keyOf(context, draft.identity) : '' };
}

/** The same for a long body, whose key is computed between the turns of other requests. */
async function planLong(context: RequestContext, { slices }: Runtime): Promise<CachePlan> {
  const { plan, identity } = draftPlan(context);
  if (!identity) return { ...plan, key: '' };
  const known = askedOf(context).entry.keys.get(contextText(identity));
  return { ...plan, key: known ?? (await slices.run(keySteps(context, identity))) };
}

/** Whether the body was understood in slices. */
function isLong({ entry }: RequestContext): boolean {
  return entry?.losesDigits !== undefined;
}

function askedOf({ facts, model, entry, request }: RequestContext): {
  readonly facts: RequestFacts;
  readonly model: ModelRuntime;
  readonly entry: MemoEntry;
  readonly request: RequestView;
} {
  if (!facts || !model || !entry || !request) throw new Error('lookup runs after resolve');
  return { facts, model, entry, request };
}

/** All of the plan but the key, and what the key is of; undefined where none is needed. */
function draftPlan(context: RequestContext): {
  readonly plan: Omit<CachePlan, 'key'>;
  readonly identity: KeyContext | undefined;
} {
  const { facts, model, entry, request } = askedOf(context);
  const header = request.headers['cache-control'];
  const controls = readControls(header, facts.cache, entry.extraCache);
  const { read, write, join: share } = entry.ambiguous ? NO_CACHING : cachePermission(model.cache, facts, controls);
  const plan = { controls, terms: { controls, targets: model.cache.targets }, read, write, share };
  const namespace = controls.namespace ?? model.cache.namespace;
  return { plan, identity: read || write || share ? identityOf(context, namespace) : undefined };
}

function identityOf(context: RequestContext, namespace: string): KeyContext {
  const { facts, model, request } = askedOf(context);
  const { protocol, scope } = context;
  return {
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
}

/** The canonical key, computed once a body and context. */
function keyOf(context: RequestContext, identity: KeyContext): string {
  const { entry, request } = askedOf(context);
  const text = contextText(identity);
  let key = entry.keys.get(text);
  if (key === undefined) {
    const body = { parsed: context.parsed ?? requestObject(request.body), raw: request.body };
    key = cacheKey(identity, namedBody(context, body), text);
    rememberKey(entry, text, key);
  }
  return key;
}

function* keySteps(context: RequestContext, identity: KeyContext): Steps<string> {
  const { entry, request } = askedOf(context);
  const { losesDigits: loses = false } = entry;
  const text = contextText(identity);
  const parsed = context.parsed ?? (yield* requestObjectSteps(request.body)).parsed;
  const body = namedBody(context, { parsed, raw: request.body });
  const key = yield* cacheKeySteps(identity, { ...body, loses }, text);
  rememberKey(entry, text, key);
  return key;
}

/** A picked model has the entries of requests that name it. */
function namedBody(context: RequestContext, body: KeyBody): KeyBody {
  const { entry, facts } = askedOf(context);
  return context.auto?.namedBody(body, entry.scan, facts.model) ?? body;
}

/** A body that is asked for in ever new scopes or namespaces must not grow its entry without end. */
function rememberKey({ keys }: MemoEntry, text: string, key: string): void {
  if (keys.size >= 8) keys.clear();
  keys.set(text, key);
}
