import { keyParts } from '../cache/key-parts.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeTrace, KeyParts, TracedContent } from '../telemetry/exchange-trace.ts';
import type { NotedBody } from '../telemetry/noted-answer.ts';
import type { ObservedHead } from '../telemetry/observer.ts';
import { requestObject } from '../wire/json-object.ts';
import { identityOf } from './cache-plan.ts';
import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** Bytes of a body up to which its part of the key is worked out. */
const MOST_KEY_BYTES = 256 * 1024;

const NONE: readonly AttemptRecord[] = [];

/** The trace of a request that has come; undefined where no observer wants one. */
export function beginTrace(
  { telemetry }: Pick<Runtime, 'telemetry'>,
  startedAt: number,
  head: ObservedHead,
): ExchangeTrace | undefined {
  return telemetry.tracing ? telemetry.trace(startedAt, head) : undefined;
}

/** The attempts that were made for an exchange, those of models that it was answered without included. */
export function attemptsOf({ generation, startsGeneration, attemptsBefore }: RequestContext): readonly AttemptRecord[] {
  const own = startsGeneration && generation ? generation.attempts : NONE;
  if (attemptsBefore === undefined) return own;
  const [first] = own;
  return first === undefined || attemptsBefore.includes(first) ? attemptsBefore : [...attemptsBefore, ...own];
}

/** To be called before an exchange has another generation made. */
export function keepAttempts(context: RequestContext): void {
  if (context.startsGeneration) context.attemptsBefore = attemptsOf(context);
}

/** Writes down what is known at the end of an exchange alone. */
export function completeTrace(context: RequestContext, trace: ExchangeTrace): void {
  const { plan, generation, account } = context;
  trace.cost = account?.cost;
  trace.generation = generation?.request.id;
  trace.follows = generation?.request.propagation;
  if (trace.noted?.bodies) noteRequest(context, trace.noted.bodies.request);
  trace.content = () => contentOf(context);
  if (plan === undefined || plan.key === '') return;
  trace.cacheKey = plan.key;
  trace.keyParts = () => partsOf(context);
}

/** What is not interpreted is not noted: it may be a file. */
function noteRequest({ request, passthrough, head }: RequestContext, noted: NotedBody): void {
  if (request === undefined || passthrough !== undefined) return;
  noted.is(head.headers['content-type'], head.headers['content-encoding']);
  for (const chunk of request.chunks) noted.take(chunk);
}

function contentOf({ protocol, request, replay, generation }: RequestContext): TracedContent {
  const { head, log } = generation?.flight ?? {};
  const answer = replay ? [replay.body] : head && log;
  return { operation: protocol.id, request: request?.body, answer };
}

/** The parts of an exchange's cache key; undefined where they are not known, or would take long. */
function partsOf(context: RequestContext): KeyParts | undefined {
  const { model, plan, request, facts, entry } = context;
  if (!model || !plan || !request || !facts || !entry || request.body.length > MOST_KEY_BYTES) return undefined;
  const identity = identityOf(context, model, plan.controls.namespace ?? model.cache.namespace);
  return keyParts(identity, { parsed: requestObject(request.body), raw: request.body });
}
