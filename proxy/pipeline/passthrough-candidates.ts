import { type Candidates, ModelCandidates } from '../generation/candidates.ts';
import { FirstCandidate } from '../generation/first-candidate.ts';
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
  if (!model) return pinned(owner ?? fallback(runtime), context, runtime);
  if (state.rule.keeps) {
    // A session may be opened anywhere; where it was opened is remembered.
    const account = owner ?? (state.rule.family === 'realtime' ? undefined : fallback(runtime));
    const endpoint = account && (onAccount(model, account.endpoint) ?? model.router.endpoints[0]);
    if (endpoint) return pinned({ model, endpoint }, context, runtime);
  }
  const all = endpointsOf(model, context, runtime);
  return { model, candidates: state.repeatable ? all : new FirstCandidate(all) };
}

/** The endpoint that made what the path, the query or the client's secret names. */
async function ownerOf(
  { head }: RequestContext,
  { clientSecret }: PassthroughState,
  { affinity, models }: Runtime,
): Promise<Place | undefined> {
  const [, , ...segments] = head.path.split('/');
  const call = new URLSearchParams(head.query).get('call_id');
  const names = [...segments, ...(call === null ? [] : [call])];
  const owner = await affinity.find(clientSecret === undefined ? names : [...names, secretName(clientSecret)]);
  if (owner === undefined) return undefined;
  for (const model of models) {
    const endpoint = model.router.endpoints.find(({ id }) => id === owner);
    if (endpoint) return { model, endpoint };
  }
  return undefined;
}

function fallback({ models, passthrough }: Runtime): Place {
  const model = models.find(({ name }) => name === passthrough.model) ?? models[0];
  const endpoint = model?.router.endpoints[0];
  if (!model || !endpoint) throw new Error('a configuration has a model, and a model an endpoint');
  return { model, endpoint };
}

function onAccount({ router }: ModelRuntime, endpoint: Endpoint): Endpoint | undefined {
  const same = router.endpoints.find(({ id }) => id === endpoint.id);
  return same ?? router.endpoints.find((candidate) => accountOf(candidate) === accountOf(endpoint));
}

function pinned({ model, endpoint }: Place, context: RequestContext, runtime: Runtime): Chosen {
  return { model, candidates: new FirstCandidate(endpointsOf(model, context, runtime, endpoint.id)) };
}

function endpointsOf(model: ModelRuntime, context: RequestContext, { affinity }: Runtime, only?: string): Candidates {
  const { facts, head, passthrough } = context;
  const operation = passthrough?.rule.family ?? context.operation;
  return new ModelCandidates(
    model,
    { operation, facts: facts ?? opaqueFacts(), headers: head.headers, only },
    affinity,
  );
}
