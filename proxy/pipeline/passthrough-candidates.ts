import { type Candidates, ModelCandidates } from '../generation/candidates.ts';
import { FirstCandidate } from '../generation/first-candidate.ts';
import { ProxyError } from '../core/errors.ts';
import { servesFamily } from '../providers/table.ts';
import { NarrowRouter } from '../routing/narrow.ts';
import { accountOf } from '../routing/account.ts';
import type { Endpoint } from '../routing/types.ts';
import { secretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { opaqueFacts } from './opaque-facts.ts';
import type { PassthroughState } from './passthrough-state.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

interface Place {
  readonly model: ModelRuntime;
  readonly endpoint: Endpoint;
}

interface Chosen {
  readonly model: ModelRuntime;
  readonly candidates: Candidates;
}

/** The endpoints of a model that serve the API of the route, at the least in part, and take the credential that is named. */
function serving({ router }: ModelRuntime, { protocol, keys }: RequestContext): readonly Endpoint[] {
  const takes = (endpoint: Endpoint): boolean => !keys?.named || keys.entryFor(endpoint) !== undefined;
  return router.endpoints.filter((endpoint) => servesFamily(endpoint, protocol.family) && takes(endpoint));
}

/**
 * The endpoints that a request on a route which is not interpreted may reach. What names no model, and what the provider
 * keeps, belongs to one account: to that of the endpoint which made the thing that the request is about, else to that of
 * the first endpoint of `passthrough.model`, so that files, batches and threads meet again.
 */
export async function candidatesFor(
  context: RequestContext,
  state: PassthroughState,
  runtime: Runtime,
): Promise<Chosen> {
  const owner = state.rule.keeps ? await ownerOf(context, state, runtime) : undefined;
  const { model } = context;
  if (!model) return pinned(owner ?? fallback(context, runtime), context, runtime);
  const able = serving(model, context);
  if (able.length === 0) throw notServed(`No endpoint of model '${model.name}' serves`, context);
  if (state.rule.keeps) {
    // A session may be opened anywhere; where it was opened is remembered.
    const account = owner ?? (state.rule.family === 'realtime' ? undefined : fallback(context, runtime));
    const endpoint = account && (onAccount(able, account.endpoint) ?? able[0]);
    if (endpoint) return pinned({ model, endpoint }, context, runtime);
  }
  const within = able.length < model.router.endpoints.length ? new Set(able.map(({ id }) => id)) : undefined;
  const all = endpointsOf(within ? narrowedTo(model, within) : model, context, runtime);
  return { model, candidates: state.repeatable ? all : new FirstCandidate(all) };
}

/** The endpoint that made what the path, the query or the client's secret names. */
async function ownerOf(
  context: RequestContext,
  { clientSecret }: PassthroughState,
  { affinity, models }: Runtime,
): Promise<Place | undefined> {
  const { path, query } = context.head;
  const [, , ...segments] = path.split('/');
  const call = new URLSearchParams(query).get('call_id');
  const names = [...segments, ...(call === null ? [] : [call])];
  const owner = await affinity.find(clientSecret === undefined ? names : [...names, secretName(clientSecret)]);
  if (owner === undefined) return undefined;
  for (const model of models) {
    const endpoint = serving(model, context).find(({ id }) => id === owner);
    if (endpoint) return { model, endpoint };
  }
  return undefined;
}

/** The first endpoint of `passthrough.model` that serves the API of the route, else the first of any model. */
function fallback(context: RequestContext, { models, passthrough }: Runtime): Place {
  const preferred = models.find(({ name }) => name === passthrough.model);
  for (const model of preferred ? [preferred, ...models] : models) {
    const [endpoint] = serving(model, context);
    if (endpoint) return { model, endpoint };
  }
  throw notServed('No endpoint serves', context);
}

function notServed(what: string, { protocol, keys }: RequestContext): ProxyError {
  if (keys?.named) return keys.mismatch();
  return new ProxyError('protocol_not_supported', `${what} the API of this route (${protocol.family}).`);
}

function narrowedTo(model: ModelRuntime, within: ReadonlySet<string>): ModelRuntime {
  return { ...model, router: new NarrowRouter(model.router, within) };
}

function onAccount(able: readonly Endpoint[], endpoint: Endpoint): Endpoint | undefined {
  const same = able.find(({ id }) => id === endpoint.id);
  return same ?? able.find((candidate) => accountOf(candidate) === accountOf(endpoint));
}

function pinned({ model, endpoint }: Place, context: RequestContext, runtime: Runtime): Chosen {
  return { model, candidates: new FirstCandidate(endpointsOf(model, context, runtime, endpoint.id)) };
}

function endpointsOf(model: ModelRuntime, context: RequestContext, { affinity }: Runtime, only?: string): Candidates {
  const { facts, head, passthrough, keys } = context;
  const operation = passthrough?.rule.family ?? context.operation;
  return new ModelCandidates(
    model,
    { operation, facts: facts ?? opaqueFacts(), headers: head.headers, only, keys },
    affinity,
  );
}
