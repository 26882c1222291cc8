import type { Clock } from '../core/clock.ts';
import type { Exchange } from './exchange.ts';

/** Notes the time to the first byte of the answer, once. */
export function noteFirstByte(exchange: Exchange, clock: Clock): void {
  exchange.ttftMs ??= clock.monotonic() - exchange.startedAt;
}
