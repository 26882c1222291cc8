import { isJsonObject } from '../core/json.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import { requestObject } from '../wire/json-object.ts';
import { type JsonEdit, spliceMembers } from '../wire/json-splice.ts';
import { opaqueEndpointRequest } from './opaque-request.ts';
import type { GenerationRequest } from './request.ts';

/** The client's request as one endpoint is to see it: the original bytes, but for the edits that a rule names. */
export function endpointRequest(
  request: GenerationRequest,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
): UpstreamRequest {
  const { protocol, view, scan, facts, opaque } = request;
  if (opaque) return opaqueEndpointRequest(request.id, view, opaque, endpoint, timeouts);
  const { query, headers } = view;
  const wanted = providerOf(endpoint).request({ protocol, path: protocol.path, query, headers, facts }, endpoint);
  const edits = [...wanted.edits, ...editsFor(request), ...repeatedNames(request, endpoint)];
  const body = edits.length === 0 || !scan ? view.body : spliceMembers(view.body, scan, edits);
  return {
    origin: endpoint.origin,
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    path: wanted.path,
    method: 'POST',
    headers: buildRequestHeaders({
      client: headers,
      ...(protocol.forwards ? { forwards: protocol.forwards } : {}),
      provider: wanted.headers,
      extra: endpoint.headers,
      requestId: request.id,
      bodyBytes: body.length,
    }),
    body,
    timeouts,
  };
}

/** The model's name at the endpoint in the places where the body repeats the one of the path. */
function repeatedNames({ protocol, facts, view }: GenerationRequest, { upstreamModel }: Endpoint): readonly JsonEdit[] {
  const name = upstreamModel ?? facts.model;
  if (!protocol.renameModel || name === (facts.writtenModel ?? facts.model)) return [];
  return protocol.renameModel(view.body, name);
}

/**
 * The only edits beside the provider's: the `cache` member, which is meant for the proxy, goes; and
 * `stream_options.include_usage` is set on a stream that is recorded, so that its entry can answer a unary request as well.
 */
function editsFor(request: GenerationRequest): JsonEdit[] {
  const { facts, extraCache, addsUsage } = request;
  const edits: JsonEdit[] = [];
  if (facts.cache !== undefined) edits.push({ op: 'remove', key: 'cache' });
  if (extraCache !== undefined) edits.push({ op: 'set', key: 'extra_body', value: extraBodyWithoutCache(request) });
  if (addsUsage) edits.push({ op: 'merge', key: 'stream_options', members: { include_usage: 'true' } });
  return edits;
}

function extraBodyWithoutCache({ view }: GenerationRequest): string {
  const extra = requestObject(view.body)['extra_body'];
  return JSON.stringify(isJsonObject(extra) ? { ...extra, cache: undefined } : extra);
}
