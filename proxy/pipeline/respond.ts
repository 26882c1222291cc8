import { mayAnswerOnError } from '../cache/policy.ts';
import type { GenerationFailure } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';
import { fallBack } from './fall-back.ts';
import { ClientFollower } from './follower.ts';
import { forward } from './forward.ts';
import { answerHeaders } from './headers.ts';
import { buildDedicated } from './join.ts';
import { useHit } from './lookup.ts';
import { attemptsBefore } from './fallback-run.ts';
import type { Runtime } from './runtime.ts';
import { renew } from './renew.ts';
import { answerFailure, failWaitingStream } from './stream-failure.ts';
import { noteFirstByte } from './timing.ts';

/** Gives the client its answer: a replay at once, or a generation as it comes. Resolves when the client has it all or has left. */
export function respond(context: RequestContext, runtime: Runtime): void | Promise<void> {
  if (context.kept?.answer) return context.kept.answer();
  if (context.replay) {
    sendReplay(context, runtime);
    if (context.pastSeconds !== undefined) renew(context, runtime);
    return undefined;
  }
  return follow(context, runtime);
}

function sendReplay(context: RequestContext, runtime: Runtime): void {
  const { replay, responder } = context;
  if (!replay) return;
  const { status = 200 } = replay;
  context.status = status;
  if (status !== 200) {
    noteRefusal(context);
    if (context.isWaiting) {
      failWaitingStream(context, answerFailure({ ...replay, status }));
      return;
    }
  }
  noteFirstByte(context, runtime.clock);
  const headers = answerHeaders(context, replay.headers);
  headers.push('content-length', String(replay.body.length));
  if (!responder.headSent) responder.head(status, headers);
  responder.end(replay.body);
}

async function follow(context: RequestContext, runtime: Runtime): Promise<void> {
  const { generation } = context;
  if (!generation) throw new Error('respond runs after join');
  const ending = await new ClientFollower(context, generation, runtime).follow();
  if (context.left || ending.kind === 'done' || ending.kind === 'cut') return;
  if (ending.kind === 'failed') await failed(context, runtime, ending.failure);
  else if (ending.kind === 'dedicated') {
    buildDedicated(context, runtime);
    forward(context);
    await follow(context, runtime);
  }
}

/** Another model may answer where the proxy has picked the one that failed, or the configuration names others for it. */
async function failed(context: RequestContext, runtime: Runtime, failure: GenerationFailure): Promise<void> {
  const { auto } = context;
  const last = auto
    ? await auto.tools.stages.goOn(context, runtime, auto, failure)
    : await fallBack(context, runtime, failure);
  if (context.left) return;
  if (last) sendFailure(context, runtime, last);
  else await respond(context, runtime);
}

/** Gives the client the failure of a generation: what an endpoint said, an old answer in its place, or an error. */
export function sendFailure(context: RequestContext, runtime: Runtime, failure: GenerationFailure): void {
  const attempts = context.startsGeneration || !context.generation ? failure.attempts : 0;
  context.attempts = attempts + attemptsBefore(context);
  if (failure.endpoint !== undefined) {
    context.endpoint = failure.endpoint;
    context.credential = failure.credential;
  }
  if (sendStale(context, runtime, failure)) return;
  if (failure.kind === 'error') throw failure.error;
  noteRefusal(context);
  if (context.isWaiting) {
    failWaitingStream(context, answerFailure(failure));
    return;
  }
  context.status = failure.status;
  const headers = answerHeaders(context, failure.headers);
  headers.push('content-length', String(failure.body.length));
  context.responder.head(failure.status, headers);
  context.responder.end(failure.body);
}

/** What the access line says of an endpoint's own refusal. */
function noteRefusal(context: RequestContext): void {
  context.errorCode = 'upstream_error';
  context.termination = { by: 'upstream', phase: 'forward' };
}

/** Answers with an entry past its end, where the failure and the request let it; false = it is not answered. */
function sendStale(context: RequestContext, runtime: Runtime, failure: GenerationFailure): boolean {
  const { plan, staleHit, model } = context;
  const status = failure.kind === 'answer' ? failure.status : failure.error.status;
  if (!plan || !staleHit || !model || (status < 500 && status !== 429)) return false;
  const terms = { settings: model.cache, controls: plan.controls, now: runtime.clock.now() };
  if (!mayAnswerOnError(staleHit, terms)) return false;
  useHit(context, runtime, staleHit);
  sendReplay(context, runtime);
  return true;
}
