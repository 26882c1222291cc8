import { OUTCOMES } from '../core/outcome.ts';
import type { GenerationFailure } from '../generation/answer.ts';
import type { RequestFacts } from '../protocols/types.ts';
import { ReceivedRequest, type RequestView } from '../wire/http.ts';
import { keepToEndpoint } from './chosen-endpoint.ts';
import type { RequestContext } from './context.ts';
import { keepAttempts } from './exchange-work.ts';
import { attemptsBefore } from './fallback-run.ts';
import { forward } from './forward.ts';
import { join } from './join.ts';
import { lookup } from './lookup.ts';
import type { MemoEntry } from './request-memo.ts';
import { scopeOf } from './resolve.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** What a request is made of once its model is another one than the client has written. */
export interface NamedRequest {
  /** Public name of the model. */
  readonly name: string;
  readonly model: ModelRuntime;
  readonly request: RequestView;
  readonly entry: MemoEntry;
  readonly facts: RequestFacts;
  /** Another model was asked with this body before. */
  readonly isLater: boolean;
}

const IDEMPOTENCY_KEY = 'idempotency-key';

/** Makes a model that of the request, as if the client had named it. Throws ProxyError where the caller may not use it. */
export function nameModel(context: RequestContext, { governed }: Pick<Runtime, 'governed'>, named: NamedRequest): void {
  const { name, model, request, entry, facts, isLater } = named;
  const writtenModel = facts.writtenModel ?? facts.model;
  context.request = isLater ? withoutIdempotency(request) : request;
  context.entry = entry;
  context.parsed = undefined;
  context.facts = { ...facts, model: name, ...(writtenModel === name ? {} : { writtenModel }) };
  context.model = model;
  context.keys = undefined;
  governed?.stages.chooseKeys(context, governed);
  if (context.model) context.scope = scopeOf(context, context.model);
  keepToEndpoint(context);
}

/** Nothing of what was found out for the model before holds for the next one. */
export function forgetModel(context: RequestContext): void {
  context.plan = undefined;
  context.ahead = undefined;
  context.replay = undefined;
  context.staleHit = undefined;
  context.pastSeconds = undefined;
  context.ageSeconds = undefined;
  keepAttempts(context);
  context.generation = undefined;
  context.startsGeneration = false;
  context.endpoint = undefined;
  context.credential = undefined;
  context.attempts = attemptsBefore(context);
}

/** What was counted for the model before is given back; the limits of this one are asked. Throws ProxyError. */
export function admitAgain(context: RequestContext, { governed }: Runtime): void | Promise<void> {
  if (governed === undefined) return undefined;
  context.account?.giveBack();
  return governed.stages.reserveLimits(context, governed);
}

/** The stages that answer a request, for the model that it has now: a stored answer, a generation that runs, or one of its own. */
export async function askModel(context: RequestContext, runtime: Runtime): Promise<void> {
  await lookup(context, runtime);
  join(context, runtime);
  forward(context);
}

/** What another model cannot help: the request itself is at fault, or the proxy stops. */
export function isFinal(failure: GenerationFailure): boolean {
  if (failure.kind === 'error' && failure.error.code === 'shutting_down') return true;
  const { outcome } = failure;
  if (outcome === undefined) return false;
  return outcome === 'unknown_previous_response' || OUTCOMES[outcome].fault === 'client';
}

/** A key of idempotency stands for one body: another model gets another. */
function withoutIdempotency(request: RequestView): RequestView {
  if (request.headers[IDEMPOTENCY_KEY] === undefined) return request;
  const { [IDEMPOTENCY_KEY]: _, ...headers } = request.headers;
  return new ReceivedRequest({ ...request, headers }, request.chunks);
}
