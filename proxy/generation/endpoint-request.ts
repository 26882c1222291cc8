import { isJsonObject } from '../core/json.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import { requestObject } from '../wire/json-object.ts';
import { type JsonEdit, spliceMembers } from '../wire/json-splice.ts';
import type { GenerationRequest } from './request.ts';

/** The client's request as one endpoint is to see it: the original bytes, but for the edits that a rule names. */
export function endpointRequest(
  request: GenerationRequest,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
): UpstreamRequest {
  const { protocol, view, scan } = request;
  const edits = editsFor(request, endpoint);
  const body = edits.length === 0 || !scan ? view.body : spliceMembers(view.body, scan, edits);
  const query = view.query === '' ? '' : `?${view.query}`;
  return {
    origin: endpoint.origin,
    path: `${endpoint.basePath}${protocol.path}${query}`,
    method: 'POST',
    headers: buildRequestHeaders({
      client: view.headers,
      credential: endpoint.credential,
      extra: endpoint.headers,
      requestId: request.id,
      bodyBytes: body.length,
    }),
    body,
    timeouts,
  };
}

/**
 * The only three edits there are: the model's name at the endpoint; the `cache` member, which is meant for the proxy; and
 * `stream_options.include_usage` on a stream that is recorded, so that its entry can answer a unary request as well.
 */
function editsFor(request: GenerationRequest, endpoint: Endpoint): JsonEdit[] {
  const { facts, extraCache, addsUsage } = request;
  const edits: JsonEdit[] = [];
  const { upstreamModel } = endpoint;
  if (upstreamModel !== undefined && upstreamModel !== facts.model) {
    edits.push({ op: 'set', key: 'model', value: JSON.stringify(upstreamModel) });
  }
  if (facts.cache !== undefined) edits.push({ op: 'remove', key: 'cache' });
  if (extraCache !== undefined) edits.push({ op: 'set', key: 'extra_body', value: extraBodyWithoutCache(request) });
  if (addsUsage) edits.push({ op: 'merge', key: 'stream_options', members: { include_usage: 'true' } });
  return edits;
}

function extraBodyWithoutCache({ view }: GenerationRequest): string {
  const extra = requestObject(view.body)['extra_body'];
  return JSON.stringify(isJsonObject(extra) ? { ...extra, cache: undefined } : extra);
}
