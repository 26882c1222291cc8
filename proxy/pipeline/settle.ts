import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { Exchange } from './exchange.ts';
import type { Runtime } from './runtime.ts';

/** Status noted for a client that left before it was sent one. */
const CLIENT_CLOSED_REQUEST = 499;

/** Tells telemetry of the exchange, once, whatever became of it. */
export function settle(exchange: Exchange, runtime: Runtime): void {
  const { request, facts, protocol } = exchange;
  const record: ExchangeRecord = {
    id: exchange.id,
    method: request.method,
    path: request.path,
    operation: protocol.id,
    stream: facts?.stream === true,
    attempts: exchange.attempts,
    cache: exchange.cacheStatus,
    status: exchange.status === 0 ? CLIENT_CLOSED_REQUEST : exchange.status,
    termination: exchange.termination ?? { by: 'upstream', phase: 'done' },
    ms: runtime.clock.monotonic() - exchange.startedAt,
    model: facts?.model,
    endpoint: exchange.endpoint,
    ttftMs: exchange.ttftMs,
    tokens: exchange.usage,
    error: exchange.errorCode,
  };
  runtime.telemetry.exchange(record);
}
