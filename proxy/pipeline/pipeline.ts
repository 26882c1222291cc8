import { admit } from './admit.ts';
import type { Phase, RequestContext } from './context.ts';
import { renderFailure } from './failure.ts';
import { forward } from './forward.ts';
import { generateStage } from './generate-stage.ts';
import { identify } from './identify.ts';
import { join } from './join.ts';
import { answerModels } from './listing.ts';
import { lookup } from './lookup.ts';
import { lookupParts } from './parts/lookup-parts.ts';
import { respondParts } from './parts/respond-parts.ts';
import { forwardPassthrough, receivePassthrough, resolvePassthrough, respondPassthrough } from './passthrough.ts';
import { forwardConversation, receiveConversation, resolveConversation, respondConversation } from './conversations.ts';
import { prepare } from './prepare.ts';
import { recall } from './recall.ts';
import { receive } from './receive.ts';
import { resolve } from './resolve.ts';
import type { Runtime } from './runtime.ts';
import { settle } from './settle.ts';
import { answerFrame, openSocket } from './socket.ts';
import { forwardStored, receiveStored, resolveStored, respondStored } from './stored-response.ts';

/** One step in the life of a request. A stage that need not wait returns nothing, and the next one runs in the same tick. */
export interface Stage {
  readonly name: Phase;
  /** One line for readers; `docs/architecture.md` says more. */
  readonly does: string;
  run(context: RequestContext, runtime: Runtime): void | Promise<void>;
}

const IDENTIFY: Stage = { name: 'identify', does: 'say who is calling, from the head alone', run: identify };
const ADMIT: Stage = { name: 'admit', does: 'ask the gates whether the request may go on', run: admit };
/** Always runs, and always last; a failure in any other stage goes to the one error exit. */
const SETTLE: Stage = { name: 'settle', does: 'count, measure, write the access line', run: settle };

/** The life of a request, by the kind of its route. Every route names one of these. */
export const PIPELINES = {
  /** Chat completions, Responses, embeddings, completions. */
  operation: [
    IDENTIFY,
    { name: 'receive', does: 'read the bounded body and understand it', run: receive },
    { name: 'resolve', does: 'find the model, and whose cache entries may be seen', run: resolve },
    ADMIT,
    { name: 'prepare', does: 'for `auto`: describe images for a model that sees none', run: prepare },
    { name: 'recall', does: 'complete what goes on from a response that the proxy keeps', run: recall },
    { name: 'lookup', does: 'plan caching, answer from memory or Redis', run: lookupParts },
    { name: 'join', does: 'attach to an equal generation, or build one', run: join },
    { name: 'forward', does: 'start the generation: choose endpoints, send, classify, fail over', run: forward },
    { name: 'respond', does: 'give the client its answer, at its pace', run: respondParts },
    SETTLE,
  ],
  /** Retrieve, delete, cancel and input items of a response that exists. */
  'stored-response': [
    IDENTIFY,
    { name: 'receive', does: 'read the bounded body', run: receiveStored },
    { name: 'resolve', does: 'find the endpoint that owns the response, else one of each account', run: resolveStored },
    ADMIT,
    { name: 'forward', does: 'start the generation that asks them', run: forwardStored },
    { name: 'respond', does: 'pass the answer on', run: respondStored },
    SETTLE,
  ],
  /** A WebSocket of the Responses API, from its opening to its end. */
  socket: [
    IDENTIFY,
    ADMIT,
    { name: 'respond', does: 'accept the WebSocket and wait until it is closed', run: openSocket },
    SETTLE,
  ],
  /** One `response.create` that came over it. */
  'socket-request': [
    IDENTIFY,
    { name: 'receive', does: 'understand the frame', run: receive },
    { name: 'resolve', does: 'find the model that it names', run: resolve },
    ADMIT,
    {
      name: 'respond',
      does: 'send it over a socket of an endpoint, pass the events on and meter them',
      run: answerFrame,
    },
    SETTLE,
  ],
  /** Every other route below `/v1`, upgrades included. */
  passthrough: [
    IDENTIFY,
    { name: 'receive', does: 'read the body where it may name a model', run: receivePassthrough },
    { name: 'resolve', does: 'find the model, and the endpoints that may take the request', run: resolvePassthrough },
    ADMIT,
    { name: 'forward', does: 'start the generation, unless the bytes are not held', run: forwardPassthrough },
    { name: 'respond', does: 'pass the answer on, or take the connection over', run: respondPassthrough },
    SETTLE,
  ],
  /** Conversations: those that the proxy keeps, and those that an endpoint does. */
  conversations: [
    IDENTIFY,
    { name: 'receive', does: 'find out who keeps the conversation, and read the body', run: receiveConversation },
    { name: 'resolve', does: 'where it is an endpoint: find the one', run: resolveConversation },
    ADMIT,
    { name: 'forward', does: 'where it is an endpoint: ask it', run: forwardConversation },
    { name: 'respond', does: 'answer, or pass the answer on', run: respondConversation },
    SETTLE,
  ],
  /** `/api/v1/generate`: a request of a service. */
  generate: [
    { name: 'identify', does: 'let services in, by their key', run: generateStage('identify') },
    { name: 'receive', does: 'read the bounded body', run: generateStage('receive') },
    {
      name: 'resolve',
      does: 'find who pays, and the provider; write the chat completion',
      run: generateStage('resolve'),
    },
    ADMIT,
    { name: 'lookup', does: 'plan caching, answer from memory or Redis', run: lookup },
    { name: 'join', does: 'attach to an equal generation, or build one', run: join },
    { name: 'forward', does: 'start the generation, behind the limits of the provider', run: forward },
    { name: 'respond', does: 'collect the answer, and say what it is and costs', run: generateStage('respond') },
    SETTLE,
  ],
  /** The models. */
  listing: [IDENTIFY, ADMIT, { name: 'respond', does: 'list the configured models', run: answerModels }, SETTLE],
} as const satisfies Record<string, readonly Stage[]>;

export type PipelineName = keyof typeof PIPELINES;

/** Takes an exchange through its life. The promise is of stages that have to wait; without such a one there is none. */
export function runPipeline(name: PipelineName, context: RequestContext, runtime: Runtime): void | Promise<void> {
  return runFrom(0, PIPELINES[name], context, runtime);
}

/** Ends an exchange that reached no pipeline: it is answered and reported like every other. */
export function failRequest(context: RequestContext, runtime: Runtime, error: unknown): void {
  conclude(context, runtime, { error });
}

function runFrom(
  first: number,
  stages: readonly Stage[],
  context: RequestContext,
  runtime: Runtime,
): void | Promise<void> {
  try {
    for (let index = first; index < stages.length - 1; index += 1) {
      // A generation that was built is started even when its own client has left: others may have attached.
      if (context.left && !context.startsGeneration) break;
      const stage = stages[index] as Stage;
      context.phase = stage.name;
      context.trace?.enter(stage.name);
      const pending = stage.run(context, runtime);
      if (pending) return runAfter(pending, index + 1, stages, context, runtime);
    }
  } catch (error) {
    return conclude(context, runtime, { error });
  }
  return conclude(context, runtime);
}

async function runAfter(
  pending: Promise<void>,
  next: number,
  stages: readonly Stage[],
  context: RequestContext,
  runtime: Runtime,
): Promise<void> {
  try {
    await pending;
  } catch (error) {
    conclude(context, runtime, { error });
    return;
  }
  await runFrom(next, stages, context, runtime);
}

function conclude(context: RequestContext, runtime: Runtime, failure?: { readonly error: unknown }): void {
  try {
    if (failure) renderFailure(context, runtime, failure.error);
  } finally {
    context.phase = 'settle';
    context.trace?.end();
    settle(context, runtime);
  }
}
