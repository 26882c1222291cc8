import type { ExchangeRecord } from './exchange-record.ts';

const MICROSECONDS = 1_000;

function roundMs(ms: number): number {
  return Math.round(ms * MICROSECONDS) / MICROSECONDS;
}

/** The fields of the one line that a request leaves in the log. Durations are milliseconds. */
export function accessLine(record: ExchangeRecord): object {
  const { tokens, ttftMs } = record;
  return {
    id: record.id,
    method: record.method,
    path: record.path.split('?', 1)[0],
    operation: record.operation,
    model: record.model,
    stream: record.stream,
    endpoint: record.endpoint,
    attempts: record.attempts,
    cache: record.cache,
    status: record.status,
    error: record.error,
    termination: record.termination,
    ms: roundMs(record.ms),
    ttft: ttftMs === undefined ? undefined : roundMs(ttftMs),
    tokens: tokens && { input: tokens.input, output: tokens.output, cached: tokens.cachedInput },
  };
}
