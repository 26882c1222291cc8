import type { RequestContext } from './context.ts';
import { lookAhead } from './lookup.ts';
import { makesNothing } from './makes-nothing.ts';
import type { Runtime } from './runtime.ts';

/**
 * Asks the limits and budgets of the caller's chain whether the request may go on, and counts it. Where nothing has to be
 * waited for, the next stage runs in the same tick.
 */
export function admit(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { governed } = runtime;
  if (!governed || !isCounted(context)) return undefined;
  const pending = context.auto
    ? context.auto.tools.stages.admitPicked(context, runtime, context.auto, governed)
    : governed.stages.reserveLimits(context, governed);
  if (pending !== undefined) lookAhead(context, runtime);
  return pending;
}

/** What reads, deletes or cancels passes whatever the limits say: a runaway response can always be stopped. */
function isCounted(context: RequestContext): boolean {
  const { socket, kept } = context;
  // The request that started a background response was counted.
  return kept?.run === undefined && socket?.kind !== 'socket' && !makesNothing(context);
}
