import type { Endpoint } from '../routing/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { Propagation } from '../telemetry/exchange-trace.ts';
import { withTraceContext } from '../upstream/headers.ts';
import type { UpstreamRequest } from '../upstream/types.ts';

/** A request to an endpoint as a part of the trace, where there is one. */
export function inTrace(
  asked: UpstreamRequest,
  { headers: extra }: Endpoint,
  propagation: Propagation | undefined,
  attempt?: AttemptRecord,
): UpstreamRequest {
  if (propagation === undefined) return asked;
  return { ...asked, headers: withTraceContext(asked.headers, propagation.headers(attempt), extra) };
}
