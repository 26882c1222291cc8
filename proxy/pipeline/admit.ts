import type { RequestContext } from './context.ts';
import { reserveLimits } from './governed/limits-gate.ts';
import type { Runtime } from './runtime.ts';

/**
 * Asks the limits and budgets of the caller's chain whether the request may go on, and counts it. Where nothing has to be
 * waited for, the next stage runs in the same tick.
 */
export function admit(context: RequestContext, { governed }: Runtime): void | Promise<void> {
  return governed ? reserveLimits(context, governed) : undefined;
}

/** For what costs nothing and must always be possible, such as the cancellation of a running response: nothing is counted. */
export function admitUncounted(): void {}
