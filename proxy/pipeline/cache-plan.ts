import { readControls } from '../cache/controls.ts';
import { cacheKey, cacheKeySteps, contextText, type KeyBody, type KeyContext } from '../cache/key.ts';
import { cachePermission, ignoredFields, NO_CACHING } from '../cache/policy.ts';
import type { Steps } from '../core/slices.ts';
import type { RequestFacts } from '../protocols/types.ts';
import type { RequestView } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { requestObjectSteps } from '../wire/json-slices.ts';
import { withoutParameters } from '../wire/query.ts';
import type { CachePlan, RequestContext } from './context.ts';
import { namedBody } from './named-body.ts';
import type { MemoEntry } from './request-memo.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';
import { anyVariant, variantsOf } from './variants.ts';

type Planned = Pick<Runtime, 'random'>;

/** What the cache may do for the request as it is now. Throws ProxyError `invalid_type`, `invalid_value`. */
export function planCaching(context: RequestContext, runtime: Planned): CachePlan {
  const { plan, identity } = draftPlan(context);
  return keyed(context, runtime, plan, identity ? keyOf(context, identity) : '');
}

/** The same for a long body, whose key is computed between the turns of other requests. */
export async function planLong(
  context: RequestContext,
  runtime: Planned & Pick<Runtime, 'slices'>,
): Promise<CachePlan> {
  const { plan, identity } = draftPlan(context);
  if (!identity) return keyed(context, runtime, plan, '');
  const known = askedOf(context).entry.keys?.get(contextText(identity));
  return keyed(context, runtime, plan, known ?? (await runtime.slices.run(keySteps(context, identity))));
}

/** Whether the body was understood in slices. */
export function isLong({ entry }: RequestContext): boolean {
  return entry?.losesDigits !== undefined;
}

/** All of the request's identity but its body. */
export function identityOf(context: RequestContext, model: ModelRuntime, namespace: string): KeyContext {
  const { facts, request } = askedOf(context);
  const { protocol, scope } = context;
  return {
    scope,
    namespace,
    operation: protocol.id,
    model: facts.model,
    // `*` and a name with a provider in front of it serve models of other names.
    tag: facts.model === model.name ? model.cacheTag : undefined,
    mocksOnly: model.cache.targets.mocksOnly,
    headers: request.headers,
    forwardsCredential: model.cache.forwardsCredential,
    query: protocol.shapeParameters ? withoutParameters(request.query, protocol.shapeParameters) : request.query,
    ignore: ignoredFields(model.cache, facts),
  };
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

type Draft = Omit<CachePlan, 'key'>;

/** All of the plan but the key, and what the key is of; undefined where none is needed. */
function draftPlan(context: RequestContext): { readonly plan: Draft; readonly identity: KeyContext | undefined } {
  const { facts, model, entry, request } = askedOf(context);
  const header = request.headers['cache-control'];
  const controls = readControls(header, facts.cache, entry.extraCache);
  const { read, write, join: share } = entry.ambiguous ? NO_CACHING : cachePermission(model.cache, facts, controls);
  const plan = { controls, terms: { controls, targets: model.cache.targets, request }, read, write, share };
  const namespace = controls.namespace ?? model.cache.namespace;
  return { plan, identity: read || write || share ? identityOf(context, model, namespace) : undefined };
}

/** A request that reads nothing makes any one of the answers that are kept for it. */
function keyed(context: RequestContext, { random }: Planned, plan: Draft, key: string): CachePlan {
  return { ...plan, key: plan.read || key === '' ? key : anyVariant(key, variantsOf(context), random) };
}

/** The canonical key, computed once a body and context. */
function keyOf(context: RequestContext, identity: KeyContext): string {
  const { entry, request } = askedOf(context);
  const text = contextText(identity);
  let key = entry.keys?.get(text);
  if (key === undefined) {
    const body = { parsed: context.parsed ?? requestObject(request.body), raw: request.body };
    key = cacheKey(identity, asNamed(context, body), text);
    rememberKey(entry, text, key);
  }
  return key;
}

function* keySteps(context: RequestContext, identity: KeyContext): Steps<string> {
  const { entry, request } = askedOf(context);
  const { losesDigits: loses = false } = entry;
  const text = contextText(identity);
  const parsed = context.parsed ?? (yield* requestObjectSteps(request.body)).parsed;
  const body = asNamed(context, { parsed, raw: request.body });
  const key = yield* cacheKeySteps(identity, { ...body, loses }, text);
  rememberKey(entry, text, key);
  return key;
}

/** A model that was picked, or fallen back on, has the entries of requests that name it. */
function asNamed(context: RequestContext, body: KeyBody): KeyBody {
  const { entry, facts } = askedOf(context);
  const isNamed = context.auto === undefined && context.fallback === undefined;
  return isNamed ? body : namedBody(body, entry.scan, facts.model);
}

/** A body that is asked for in ever new scopes or namespaces must not grow its entry without end. */
function rememberKey({ keys }: MemoEntry, text: string, key: string): void {
  if (keys === undefined) return;
  if (keys.size >= 8) keys.clear();
  keys.set(text, key);
}
