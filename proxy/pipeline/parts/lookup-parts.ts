import { cacheKey } from '../../cache/key.ts';
import type { CacheHit } from '../../cache/types.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { AnswersLists } from '../../protocols/types.ts';
import { ReceivedRequest } from '../../wire/http.ts';
import { losesDigits } from '../../wire/json-exact.ts';
import { requestObject } from '../../wire/json-object.ts';
import { spliceMembers } from '../../wire/json-splice.ts';
import type { CachePlan, RequestContext } from '../context.ts';
import { identityOf, planCaching } from '../cache-plan.ts';
import { lookup, useHit } from '../lookup.ts';
import { understand } from '../receive.ts';
import type { ModelRuntime, Runtime } from '../runtime.ts';
import type { MissingPart } from './types.ts';

const IDEMPOTENCY_KEY = 'idempotency-key';
const NO_BYTES = Buffer.alloc(0);

/**
 * Looks the request up: where its inputs are stored one by one, each by itself, else as a whole. What is not known is all that
 * goes on as the request; `respondParts` puts the answer together.
 */
export function lookupParts(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const list = context.protocol.lists && listIn(context, context.protocol.lists);
  const plan = list && planCaching(context, runtime);
  if (!list || !plan || !(plan.read || plan.write)) return lookup(context, runtime);
  context.ahead = undefined;
  const { inputs } = list;
  const keys = partKeys(context, list, plan);
  const byKey = new Map<string, Json>();
  for (const [at, key] of keys.entries()) byKey.set(key, inputs[at] ?? null);
  if (plan.read) context.trace?.lookUp();
  return find(context, runtime, { plan, keys, byKey });
}

/** The keys of the inputs, in their order. */
export function partKeys(context: RequestContext, list: InputList, { controls }: CachePlan): string[] {
  const { parsed, member, inputs, model } = list;
  const identity = identityOf(context, model, controls.namespace ?? model.cache.namespace);
  return inputs.map((input) => cacheKey(identity, { parsed: { ...parsed, [member]: input }, raw: NO_BYTES }));
}

interface InputList {
  readonly parsed: JsonObject;
  readonly member: string;
  readonly inputs: readonly Json[];
  readonly model: ModelRuntime;
}

/** The list of a request whose inputs are stored one by one; undefined for every other request. */
export function listIn(context: RequestContext, { member, inputs: read }: AnswersLists): InputList | undefined {
  const { model, request, kept, auto } = context;
  if (!model?.cache.splitEmbeddings || !request || kept || auto) return undefined;
  const parsed = context.parsed ?? requestObject(request.body);
  const inputs = isPlain(parsed, member) ? read(parsed) : undefined;
  return inputs && !losesDigits(request.body) ? { parsed, member, inputs, model } : undefined;
}

interface Asked {
  readonly plan: CachePlan;
  readonly keys: readonly string[];
  /** The inputs, each once. */
  readonly byKey: ReadonlyMap<string, Json>;
}

async function find(context: RequestContext, runtime: Runtime, { plan, keys, byKey }: Asked): Promise<void> {
  const { lists } = context.protocol;
  if (!lists) return;
  const known = new Map<string, Buffer>();
  const missing: MissingPart[] = [];
  let first: CacheHit | undefined;
  // Without the purges that Redis knows of nothing new can be stored there.
  if (!plan.read) await runtime.cache.prepare(plan.key);
  const lookUp = async ([key, input]: readonly [string, Json]): Promise<
    readonly [string, Json, CacheHit | undefined]
  > => [key, input, plan.read ? await runtime.cache.fetch(key, plan.terms) : undefined];
  const found = await Promise.all([...byKey].map(lookUp));
  for (const [key, input, hit] of found) {
    if (hit?.fresh && !hit.recording.refusal) {
      known.set(key, hit.recording.bytes);
      if (!first || hit.recording.storedAt < first.recording.storedAt) first = hit;
    } else missing.push({ key, input, mark: runtime.cache.mark(key) });
  }
  context.parsed = undefined;
  context.plan = plan;
  context.cacheStatus = plan.read ? 'miss' : 'bypass';
  const parts = { lists, keys, known, missing, stores: plan.write };
  if (missing.length === 0 && first) {
    runtime.cache.count(first);
    useHit(context, runtime, first);
    const body = lists.join(keys.map((key) => known.get(key) ?? NO_BYTES));
    context.replay = { headers: first.recording.headers, body };
    context.usage = context.protocol.judgeBody(body).usage;
    return;
  }
  if (plan.controls.onlyIfCached) {
    if (plan.read) runtime.cache.count(undefined);
    const message = 'The request may only be answered from the cache, and some of its inputs are not cached.';
    throw new ProxyError('only_if_cached', message);
  }
  context.parts = parts;
  askFor(context, runtime, missing, lists.member);
}

/** The request goes on with these inputs alone; its answer is stored by `respondParts`. */
function askFor(context: RequestContext, runtime: Runtime, missing: readonly MissingPart[], member: string): void {
  const { request, entry, head, trace } = context;
  if (trace?.lookup) trace.lookedUp('none');
  if (!request || !entry) throw new Error('lookup runs after resolve');
  const value = JSON.stringify(missing.map(({ input }) => input));
  const body = spliceMembers(request.body, entry.scan, [{ op: 'set', key: member, value }]);
  // A key of idempotency stands for one body.
  const { [IDEMPOTENCY_KEY]: _, ...headers } = request.headers;
  context.request = new ReceivedRequest({ ...head, headers }, [body]);
  context.entry = { ...understand(context, body), facts: entry.facts };
  context.plan = { ...planCaching(context, runtime), write: false };
  context.parsed = undefined;
}

/** Nothing but the list has a structure: the key of one input is then known without the bytes of the whole. */
function isPlain(body: JsonObject, member: string): boolean {
  return Object.entries(body).every(
    ([name, value]) => name === member || name === 'cache' || typeof value !== 'object' || value === null,
  );
}
