import type { IncomingHttpHeaders } from 'node:http';
import type { EntryFinding } from '../cache/entry-finding.ts';
import { cacheKey, variantKey } from '../cache/key.ts';
import { isStorable } from '../cache/target.ts';
import { ProxyError } from '../core/errors.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { OperationId } from '../protocols/types.ts';
import { ReceivedRequest, type RequestHead, type Responder } from '../wire/http.ts';
import { asksForAuto } from './auto/auto-name.ts';
import { identityOf, planCaching } from './cache-plan.ts';
import { type CachePlan, createContext, type RequestContext } from './context.ts';
import type { GovernanceWatch } from './governed/tools.ts';
import { listIn, partKeys } from './parts/lookup-parts.ts';
import { understand } from './receive.ts';
import { askedModel, resolve } from './resolve.ts';
import type { Runtime } from './runtime.ts';
import { variantsOf } from './variants.ts';

/** A request as someone describes it who wants to know what the cache has for it. */
export interface SoughtRequest {
  readonly operation: OperationId;
  /** Of an operation whose path names the model. */
  readonly model?: string;
  readonly body: string;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  /** Virtual key of its caller. */
  readonly key?: string;
}

/** What the cache has for a request. */
export interface SoughtEntry {
  /** Public name of the model; null where the request has none. */
  readonly model: string | null;
  /** Keys that are looked for: several where several answers are kept, or the inputs of a list one by one. */
  readonly keys: readonly string[];
  /** Whether the request may be answered from the cache, and its answer stored. */
  readonly reads: boolean;
  readonly writes: boolean;
  /** Why the cache is not asked, or what keeps the request from any answer; null where nothing does. */
  readonly why: string | null;
  readonly entries: readonly EntryFinding[];
}

const NOTHING = { keys: [], reads: false, writes: false, entries: [] } as const;
/** Keys that are looked for at most. */
const MOST_KEYS = 64;

/**
 * Finds what the cache has for a request, by the stages that a request goes through. No endpoint is asked, and nothing counts: neither a
 * request, nor a hit or a miss, nor a use of the entry.
 */
export async function findEntry(sought: SoughtRequest, running: Runtime): Promise<SoughtEntry> {
  const runtime = uncounted(running);
  const context = contextOf(sought, runtime);
  try {
    const why = await resolved(context, runtime, sought);
    const { model } = context;
    if (why !== undefined || !model) return { ...NOTHING, model: model?.name ?? null, why: why ?? null };
    return await lookedUp(context, runtime, model.name);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const why = `The request would be refused with ${error.status} ${error.code}: ${error.message}`;
    return { ...NOTHING, model: context.model?.name ?? null, why };
  }
}

/** As far as `resolve`. Returns why the cache is not asked, where that is known by then. */
async function resolved(
  context: RequestContext,
  runtime: Runtime,
  { body, key }: SoughtRequest,
): Promise<string | undefined> {
  const { governed } = runtime;
  if (key !== undefined && !governed) return 'This proxy has no virtual keys.';
  context.principal = {};
  governed?.stages.identifyKey(context, runtime, governed);
  const request = new ReceivedRequest(context.head, [Buffer.from(body)]);
  context.request = request;
  context.entry = understand(context, request.body);
  context.facts = context.entry.facts;
  if (asksForAuto(askedModel(context, context.facts.model, runtime), runtime)) {
    return 'The model `auto` is one that the proxy picks: name the one that it has picked (x-llmproxy-model).';
  }
  await resolve(context, runtime);
  const { model, facts, kept } = context;
  if (kept?.answer) return 'The proxy answers such a request itself.';
  if (model?.keepsResponses && facts.previousResponseId !== undefined) {
    return 'It goes on from a response that the proxy keeps: its entry is that of the whole conversation.';
  }
  return undefined;
}

async function lookedUp(context: RequestContext, runtime: Runtime, model: string): Promise<SoughtEntry> {
  const plan = planCaching(context, runtime);
  const { read: reads, write: writes } = plan;
  const keys = reads || writes ? keysOf(context, plan) : [];
  const found = await Promise.all(keys.map((key) => runtime.cache.inspect(key, plan.terms)));
  const entries = found.flat();
  const why = whyNot(context, plan) ?? (entries.length === 0 ? whyNoneIsMade(context) : null);
  return { model, keys, reads, writes, why, entries };
}

function keysOf(context: RequestContext, plan: CachePlan): readonly string[] {
  const { protocol, model } = context;
  const list = protocol.lists && listIn(context, protocol.lists);
  if (list) return [...new Set(partKeys(context, list, plan))].slice(0, MOST_KEYS);
  const variants = variantsOf(context);
  if (variants === 1 || !model) return [plan.key];
  const { request } = context;
  if (!request || !context.parsed) return [plan.key];
  const identity = identityOf(context, model, plan.controls.namespace ?? model.cache.namespace);
  const key = plan.read ? plan.key : cacheKey(identity, { parsed: context.parsed, raw: request.body });
  return Array.from({ length: Math.min(variants, MOST_KEYS) }, (_, number) => variantKey(key, number));
}

/** The rules by which the cache is passed over, in their order. */
function whyNot({ entry, model, facts }: RequestContext, { read, write }: CachePlan): string | null {
  if (read && write) return null;
  if (entry?.ambiguous) return 'A member of the body is named twice: such a request is passed on, and not cached.';
  if (model?.cache.enabled === false)
    return 'The cache is off for this model (`cache.enabled`), or the request names its endpoint.';
  if (facts?.stateful)
    return 'The request is about state at the provider (`background`, `conversation`): its answer is not cached.';
  if (!read) return 'The request wants a new answer (no-cache).';
  return 'The answer is not to be stored (no-store, or a `ttl` of 0).';
}

/** A mock's answers pass for those of no other endpoint. */
function whyNoneIsMade({ model }: RequestContext): string | null {
  const able = model?.router.endpoints.filter(({ id }) => isStorable(model.cache.targets, id)) ?? [];
  if (able.length === model?.router.endpoints.length) return null;
  return 'Nothing is stored for it. Answers of the model’s mocks are not stored, as it has other endpoints, too.';
}

/** The same, but that refusals of callers are not counted. */
function uncounted(runtime: Runtime): Runtime {
  const { governed } = runtime;
  return governed ? { ...runtime, governed: { ...governed, watch: NOT_WATCHING } } : runtime;
}

const nothing = (): void => undefined;
const NOT_WATCHING: GovernanceWatch = {
  refused: nothing,
  unpriced: nothing,
  impossibleUsage: nothing,
  unread: nothing,
  charged: nothing,
};

function contextOf({ operation, model, headers, key }: SoughtRequest, { clock }: Runtime): RequestContext {
  const protocol = PROTOCOLS[operation];
  const head: RequestHead = {
    method: 'POST',
    path: (protocol.routes[0]?.path ?? protocol.path).replace('{model}', model ?? ''),
    query: '',
    headers: key === undefined ? headers : { ...headers, authorization: `Bearer ${key}` },
  };
  return createContext({
    id: 'none',
    operation,
    protocol,
    head,
    source: {
      collect: () => Promise.reject(new Error('the body is known')),
      inspect: () => Promise.reject(new Error('the body is known')),
    },
    responder: NO_CLIENT,
    subject: model,
    startedAt: clock.monotonic(),
    cacheStatus: 'bypass',
  });
}

/** Nothing is sent to anyone. */
const NO_CLIENT: Responder = {
  headSent: false,
  closed: false,
  head: nothing,
  write: () => true,
  end: nothing,
  cut: nothing,
  drop: nothing,
  onDrain: nothing,
  onLeave: nothing,
};
