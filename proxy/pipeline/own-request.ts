import { newRequestId } from '../core/ids.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import { tlsOf } from '../upstream/tls.ts';
import type { UpstreamRequest } from '../upstream/types.ts';

/** A GET of the proxy's own at an endpoint: `headers` are what its provider adds. */
export function ownRequest(
  endpoint: Endpoint,
  { path, headers }: { readonly path: string; readonly headers: readonly (readonly [string, string])[] },
  timeoutMs: number,
): UpstreamRequest {
  return {
    origin: endpoint.origin,
    ...tlsOf(endpoint),
    path,
    method: 'GET',
    headers: buildRequestHeaders({
      client: {},
      provider: headers,
      extra: endpoint.headers,
      requestId: newRequestId(),
      bodyBytes: undefined,
    }),
    timeouts: { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs },
  };
}
