import { ProxyError } from '../core/errors.ts';
import { type RouteFamily, type RouteRule, routeRule } from '../core/route-families.ts';
import type { Candidates } from '../generation/candidates.ts';
import { Generation } from '../generation/generation.ts';
import { inTrace } from '../generation/in-trace.ts';
import { type LearntAnswer, opaqueEndpointRequest, type OpaqueRequest } from '../generation/opaque-request.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { type ModelFinder, modelFinder, NO_FINDER } from '../wire/model-finder.ts';
import { mentionedModel, mentionsInQuery } from '../wire/model-mention.ts';
import { clientSecret, isSecretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { forgetDeletedChat } from './forget.ts';
import type { GovernedTools } from './governed/tools.ts';
import { labelsOf } from './headers.ts';
import { rememberCreated } from './learn.ts';
import { opaqueFacts } from './opaque-facts.ts';
import { candidatesFor } from './passthrough-candidates.ts';
import { listsObjects, respondOwnList } from './owned/own-list.ts';
import { assertPassedObjects, forgetDeleted, rememberPassed } from './owned/passed-objects.ts';
import { respond, sendFailure } from './respond.ts';
import type { PassthroughState } from './passthrough-state.ts';
import { askedModel, configuredModel, permitted, publicName } from './resolve.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** Refuses what `passthrough.allow` does not name, and reads the body where it may name a model. */
export async function receivePassthrough(context: RequestContext, runtime: Runtime): Promise<void> {
  const { head, transport, source } = context;
  if (!transport) throw new Error('the route has no transport');
  const rule = routeRule(head.path);
  if (!runtime.passthrough.allow.has(rule.family)) throw notAllowed(rule);
  const secret = rule.family === 'realtime' ? clientSecret(head.headers) : undefined;
  const state: PassthroughState = {
    rule,
    transport,
    inQuery: mentionsInQuery(head.query),
    clientSecret: secret,
    body: undefined,
    streams: false,
    model: undefined,
    repeatable: false,
    candidates: undefined,
  };
  context.passthrough = state;
  const { governed } = runtime;
  if (governed && secret !== undefined) await governed.stages.payerOfSecret(context, runtime, governed);
  if (transport.kind === 'upgrade') return;
  const bytes = announcedBytes(context);
  if (bytes === 0) return;
  const { replayLimit } = runtime.passthrough;
  state.streams = rule.model === 'nowhere' && !(bytes <= replayLimit);
  if (state.streams) return;
  state.body = await source.inspect({ finder: finderFor(rule, context), replayLimit, bodyLimit: runtime.bodyLimit });
}

function finderFor({ family, model }: RouteRule, { head, protocol }: RequestContext): ModelFinder {
  if (model === 'nowhere') return NO_FINDER;
  const contentType = head.headers['content-type'] ?? '';
  const { collection } = protocol;
  return modelFinder({ contentType, session: model === 'session', strict: family !== 'other', collection });
}

/** Bytes of the body as its head says; NaN when it comes in chunks. */
function announcedBytes({ head: { headers } }: RequestContext): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Number.NaN;
}

function notAllowed({ family }: RouteRule): ProxyError {
  return new ProxyError(
    'route_not_allowed',
    `Routes of the family '${family}' are not passed through here; 'passthrough.allow' does not name it.`,
  );
}

/** Finds the model that the request names, and the endpoints that may take it. */
export async function resolvePassthrough(context: RequestContext, runtime: Runtime): Promise<void> {
  const state = stateOf(context);
  const { body, inQuery, transport, rule } = state;
  const { principal } = context;
  // A name in the path decides, whatever the body says.
  state.model = modelInPath(context) ?? mentionedModel([...inQuery, ...(body?.findings.mentions ?? [])]);
  if (transport.kind === 'upgrade' && rule.family !== 'realtime') context.model = openModel(runtime);
  if (state.model !== undefined) {
    const asked = askedModel(context, state.model, runtime);
    const found = configuredModel(asked, runtime);
    state.model = publicName(found, asked);
    context.model = permitted(found, state.model, { principal, runtime });
    context.facts = opaqueFacts(state.model, body?.findings);
  } else runtime.governed?.stages.assertRoute(principal, rule.family, runtime.governed);
  if (runtime.governed) await resolveOwned(context, { runtime, governed: runtime.governed });
  const isHeld = body === undefined || body.inMemory;
  const keeps = rule.keeps && transport.kind === 'request';
  state.repeatable = state.model !== undefined && isHeld && !keeps && state.clientSecret === undefined;
  const { model, candidates } = await candidatesFor(context, state, runtime);
  context.model = model;
  state.candidates = candidates;
}

/** Whose the things are that the request names, and which keys it goes on with. */
async function resolveOwned(
  context: RequestContext,
  { runtime, governed }: { readonly runtime: Runtime; readonly governed: GovernedTools },
): Promise<void> {
  await assertPassedObjects(context, runtime);
  await governed.stages.bookBeforeDelete(context, governed);
  governed.stages.chooseKeys(context, governed);
}

/** The name of a deployment, or of a model whose method is called. */
function modelInPath({ subject, head, protocol }: RequestContext): string | undefined {
  return subject ?? protocol.modelIn?.(head.path);
}

/** A socket whose model stands in its frames can only be opened where every model may be asked for. */
function openModel(runtime: Runtime): ModelRuntime {
  const open = runtime.models.find(({ name }) => name === '*');
  if (open) return open;
  throw new ProxyError(
    'route_not_allowed',
    'A WebSocket on this route names its models in frames that the proxy does not read: it is opened only where a model `*` is configured. Send the requests over HTTP.',
  );
}

/** Starts the generation; what is not carried by one waits for `respond`. */
export function forwardPassthrough(context: RequestContext, runtime: Runtime): void {
  const state = stateOf(context);
  if (state.streams || state.transport.kind === 'upgrade') return;
  const { id, protocol, head } = context;
  const request = {
    id,
    protocol,
    view: new ReceivedRequest(head, []),
    facts: context.facts ?? opaqueFacts(),
    addsUsage: false,
    opaque: opaqueOf(context, state, runtime),
    propagation: context.trace?.propagation,
  };
  const payer = context.account?.payer(state.model ?? '');
  context.generation = new Generation({ request, candidates: candidatesOf(state), retainBytes: 0, payer }, runtime);
  context.startsGeneration = true;
  context.generation.start();
}

/** Gives the client its answer, or takes its connection over. */
export async function respondPassthrough(context: RequestContext, runtime: Runtime): Promise<void> {
  const state = stateOf(context);
  if (context.generation) {
    if (listsObjects(context, runtime))
      await respondOwnList(context, runtime, (query) => again(context, runtime, query));
    else await respond(context, runtime);
    forgetDeletedChat(context, runtime);
    forgetDeleted(context, runtime);
    return;
  }
  const { id, head } = context;
  const { governed } = runtime;
  const opaque = opaqueOf(context, state, runtime);
  const end = await state.transport.run({
    id,
    tools: runtime,
    candidates: candidatesOf(state),
    callersCredential: state.clientSecret !== undefined,
    ...(opaque.learn ? { learn: opaque.learn } : {}),
    ...(state.transport.kind === 'upgrade' ? { meter: governed?.stages.sessionMeter(context, runtime, governed) } : {}),
    labels: (endpoint) => labelsOf(context, endpoint),
    request: (endpoint, timeouts) =>
      inTrace(opaqueEndpointRequest(id, head, opaque, endpoint, timeouts), endpoint, context.trace?.propagation),
  });
  if (end.kind === 'failed') {
    sendFailure(context, runtime, end.failure);
    return;
  }
  context.status = end.status;
  context.endpoint = end.endpoint;
  context.credential = end.credential;
  context.attempts = end.attempts;
  forgetDeletedChat(context, runtime);
  forgetDeleted(context, runtime);
  if (end.broken) context.termination ??= { by: 'upstream', phase: 'respond' };
}

/** The same request for another page of what it lists. */
async function again(context: RequestContext, runtime: Runtime, query: string): Promise<void> {
  const state = stateOf(context);
  context.head = { ...context.head, query };
  state.candidates = (await candidatesFor(context, state, runtime)).candidates;
  forwardPassthrough(context, runtime);
}

function opaqueOf(context: RequestContext, state: PassthroughState, runtime: Runtime): OpaqueRequest {
  const { head, protocol } = context;
  const { rule, model, inQuery, body, clientSecret: secret } = state;
  const creates = rule.keeps && head.method === 'POST';
  // Where owners are remembered: a batch that is shown names the files that it has made.
  const shows = runtime.governed !== undefined && rule.keeps && head.method === 'GET';
  return {
    family: rule.family,
    api: protocol.family,
    ...(protocol.forwards ? { forwards: protocol.forwards } : {}),
    model,
    inQuery,
    body,
    fresh: !state.repeatable && head.method !== 'GET' && head.method !== 'HEAD',
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(runtime.governed && head.method === 'POST' ? billedBy(context, runtime.governed, model) : {}),
    ...(creates || shows ? { learn: (answer) => learn(context, runtime, answer, creates) } : {}),
  };
}

function learn(context: RequestContext, runtime: Runtime, answer: LearntAnswer, creates: boolean): void {
  const created = creates ? rememberCreated(answer, runtime.affinity) : [];
  rememberPassed(context, runtime, answer, created);
  const { governed } = runtime;
  if (governed === undefined) return;
  governed.stages.rememberPayer(context, governed, created.filter(isSecretName), answer.endpoint);
  governed.stages.noteBatches(context, governed, answer);
}

/** Families whose requests begin what is billed when it has run. */
const BILLED_LATER: ReadonlySet<RouteFamily> = new Set(['batches', 'evals', 'fine_tuning', 'threads']);

/** A batch that is tracked costs nothing when it is made: it is booked by itself once it has ended. */
function billedBy(
  context: RequestContext,
  { stages }: GovernedTools,
  model: string | undefined,
): Pick<OpaqueRequest, 'billed'> {
  const { family } = stateOf(context).rule;
  if (stages.batchApi(context) !== undefined) return {};
  if (BILLED_LATER.has(family)) return { billed: 'later' };
  return model === undefined ? {} : { billed: 'now' };
}

function stateOf({ passthrough }: RequestContext): PassthroughState {
  if (!passthrough) throw new Error('the stage runs after receive');
  return passthrough;
}

function candidatesOf({ candidates }: PassthroughState): Candidates {
  if (!candidates) throw new Error('the stage runs after resolve');
  return candidates;
}
