import { FlightPassenger } from './passenger.ts';
import type { Exchange } from './exchange.ts';
import type { FlightFailure } from '../generation/answer.ts';
import { answerHeaders } from './headers.ts';
import { lead } from './join.ts';
import { forward } from './forward.ts';
import { record } from './record.ts';
import type { Runtime } from './runtime.ts';
import { mayAnswerOnError } from '../cache/policy.ts';
import { useHit } from './lookup.ts';
import { noteFirstByte } from './timing.ts';

/** Gives the client its answer: a replay at once, or a flight as it comes. Resolves when the client has it all or is gone. */
export function respond(exchange: Exchange, runtime: Runtime): void | Promise<void> {
  if (exchange.replay) return sendReplay(exchange, runtime);
  return ride(exchange, runtime);
}

function sendReplay(exchange: Exchange, runtime: Runtime): void {
  const { replay, responder } = exchange;
  if (!replay) return;
  exchange.status = 200;
  noteFirstByte(exchange, runtime.clock);
  const headers = answerHeaders(exchange, replay.headers);
  headers.push('content-length', String(replay.body.length));
  responder.head(200, headers);
  responder.end(replay.body);
}

async function ride(exchange: Exchange, runtime: Runtime): Promise<void> {
  const ending = await new FlightPassenger(exchange, runtime).ride();
  if (exchange.left || ending.kind === 'done' || ending.kind === 'cut') return;
  if (ending.kind === 'alone') {
    // What came cannot be shared in this client's shape: it gets a call of its own.
    exchange.cacheStatus = 'miss';
    lead(exchange, runtime, false);
    forward(exchange, runtime);
    record(exchange, runtime);
    await ride(exchange, runtime);
    return;
  }
  if (ending.kind === 'failed') sendFailure(exchange, runtime, ending.failure);
}

function sendFailure(exchange: Exchange, runtime: Runtime, failure: FlightFailure): void {
  exchange.attempts = exchange.leads ? failure.attempts : 0;
  if (failure.endpoint !== undefined) exchange.endpoint = failure.endpoint;
  const { plan, staleHit } = exchange;
  const status = failure.kind === 'answer' ? failure.status : failure.error.status;
  const excusable = status >= 500 || status === 429;
  if (excusable && plan && staleHit && mayAnswerOnError(staleHit, plan.controls, runtime.clock.now())) {
    useHit(exchange, runtime, staleHit);
    sendReplay(exchange, runtime);
    return;
  }
  if (failure.kind === 'error') throw failure.error;
  exchange.status = failure.status;
  exchange.errorCode = 'upstream_error';
  exchange.termination = { by: 'upstream', phase: 'forward' };
  const headers = answerHeaders(exchange, failure.headers);
  headers.push('content-length', String(failure.body.length));
  exchange.responder.head(failure.status, headers);
  exchange.responder.end(failure.body);
}
