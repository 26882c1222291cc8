import type { Clock } from '../core/clock.ts';
import type { RequestContext } from './context.ts';

/** Notes the time to the first byte of the answer, once. */
export function noteFirstByte(context: RequestContext, clock: Clock): void {
  context.ttftMs ??= clock.monotonic() - context.startedAt;
}
