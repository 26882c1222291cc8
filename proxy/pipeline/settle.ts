import type { NanoUsd } from '../core/money.ts';
import { CLIENT_CLOSED_REQUEST, type RequestContext } from './context.ts';
import { attemptsOf, completeTrace } from './exchange-work.ts';
import type { Runtime } from './runtime.ts';

/** Ends the exchange, once, whatever became of it: its spooled body goes, counters, metrics and one log line come. */
export function settle(context: RequestContext, runtime: Runtime): void {
  const { head, facts, passthrough, stored, trace } = context;
  const ms = runtime.clock.monotonic() - context.startedAt;
  void (passthrough ?? stored)?.body?.close();
  if (trace) completeTrace(context, trace);
  const record = {
    id: context.id,
    method: head.method,
    path: context.writtenPath,
    operation: context.operation,
    stream: facts?.stream === true,
    attempts: context.attempts,
    hedged: context.startsGeneration && context.generation?.hedged === true,
    cache: context.cacheStatus,
    status: context.status === 0 ? CLIENT_CLOSED_REQUEST : context.status,
    termination: context.termination ?? { by: 'upstream', phase: 'done' },
    startedAt: context.startedAt,
    ms,
    model: facts?.model,
    endpoint: context.endpoint,
    ttftMs: context.ttftMs,
    tokens: context.usage,
    error: context.errorCode,
    key: context.principal?.key,
    keyName: keyNameOf(context),
    cost: chargedFor(context),
  };
  runtime.telemetry.exchange(record, trace, attemptsOf(context));
  if (context.auto && context.startsGeneration) noteUsage(context, context.auto);
  context.account?.settle(context, { at: Math.round(runtime.clock.now() - ms), ms });
}

function keyNameOf({ principal }: RequestContext): string | undefined {
  return principal?.holder?.key?.name;
}

function chargedFor({ account }: RequestContext): NanoUsd | null | undefined {
  return account?.cost;
}

function noteUsage({ usage }: RequestContext, { tools, decision }: NonNullable<RequestContext['auto']>): void {
  tools.stages.learn(decision.asked, usage, tools);
}
