import { ModelCandidates } from '../generation/candidates.ts';
import type { RequestContext } from './context.ts';
import { keeperFor } from './owned/ownership.ts';
import { sendFailure } from './respond.ts';
import type { Runtime } from './runtime.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import { answerByHttp } from './socket-bridge.ts';

const SWITCHING_PROTOCOLS = 101;

/** Opens the client's WebSocket and waits until it is closed; its requests are exchanges of their own. */
export async function openSocket(context: RequestContext): Promise<void> {
  const { socket } = context;
  if (socket?.kind !== 'socket') throw new Error('the route has no socket');
  context.status = SWITCHING_PROTOCOLS;
  await socket.run();
}

/** Answers the request of a frame: over a socket of an endpoint, or, where the endpoints keep no responses, over HTTP. */
export function answerFrame(context: RequestContext, runtime: Runtime): Promise<void> {
  return context.model?.keepsResponses === true ? answerByHttp(context, runtime) : answerBySocket(context, runtime);
}

/** Sends it over a socket of an endpoint, and notes how its answer ended. */
async function answerBySocket(context: RequestContext, runtime: Runtime): Promise<void> {
  const { id, socket, protocol, request, model, entry, head, keys } = context;
  if (socket?.kind !== 'frame' || !request || !model || !entry || !context.facts) {
    throw new Error('the stage runs after resolve');
  }
  // Over a socket every answer is a stream, whatever the frame says.
  const facts = { ...context.facts, stream: true };
  context.facts = facts;
  const payer = context.account?.payer(facts.model);
  const made = facts.store ? keeperFor(context, runtime) : undefined;
  const attempts: AttemptRecord[] = [];
  context.attemptsBefore = attempts;
  const end = await socket.run({
    request: { id, protocol, view: request, facts, scan: entry.scan, extraCache: entry.extraCache, addsUsage: false },
    tools: runtime,
    attempts,
    payer,
    ...(made ? { made } : {}),
    totalMs: model.timeouts.totalMs,
    candidates: (only) =>
      new ModelCandidates(
        model,
        { operation: protocol.id, facts, headers: head.headers, only, keys },
        runtime.affinity,
      ),
  });
  // An answer that never began was not booked.
  payer?.booked([]);
  if (end.kind === 'failed') {
    sendFailure(context, runtime, end.failure);
    return;
  }
  context.status = end.status;
  context.endpoint = end.endpoint;
  context.credential = end.credential;
  context.attempts = end.attempts;
  context.usage = end.usage;
  context.ttftMs = end.ttftMs;
  if (end.refused) context.errorCode = 'upstream_error';
  if (end.broken) context.termination ??= { by: 'upstream', phase: 'respond' };
}
