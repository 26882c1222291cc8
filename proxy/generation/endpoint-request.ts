import { ProxyError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import { requestObject } from '../wire/json-object.ts';
import { type JsonEdit, spliceMembers } from '../wire/json-splice.ts';
import type { Protocol } from '../protocols/types.ts';
import { opaqueEndpointRequest } from './opaque-request.ts';
import type { GenerationRequest } from './request.ts';
import { spokenProtocol, translatedFamily } from './spoken-protocol.ts';
import { type CallOptions, translatedCall, type TranslatedCall } from './translated-request.ts';
import { tlsOf } from '../upstream/tls.ts';

/** What an endpoint is asked; with the way back where it is asked in another protocol. */
export type EndpointCall = Pick<TranslatedCall, 'asked'> & Partial<TranslatedCall>;

/**
 * The client's request as one endpoint is to see it: in the client's protocol where it speaks that, else translated. Throws
 * ProxyError (400) where a translation cannot tell what the request means.
 */
export function endpointCall(
  request: GenerationRequest,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
  options: CallOptions,
): EndpointCall {
  const spoken = request.opaque ? request.protocol : spokenProtocol(request.protocol, endpoint);
  const rewrites = options.foreignSeals && translatedFamily(request.protocol) !== undefined;
  if (spoken === request.protocol && !rewrites) return { asked: endpointRequest(request, endpoint, timeouts, options) };
  if (spoken === undefined) throw notSpoken(request.protocol, endpoint);
  return translatedCall(request, spoken, endpoint, timeouts, options);
}

function notSpoken({ id }: Protocol, { id: endpoint }: Endpoint): ProxyError {
  return new ProxyError('protocol_not_supported', `Endpoint '${endpoint}' cannot be asked for ${id}.`);
}

/** The original bytes, but for the edits that a rule names. */
export function endpointRequest(
  request: GenerationRequest,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
  { asksUsage }: CallOptions,
): UpstreamRequest {
  const { protocol, view, scan, facts, opaque } = request;
  if (opaque) return opaqueEndpointRequest(request.id, view, opaque, endpoint, timeouts);
  const { query, headers } = view;
  const wanted = providerOf(endpoint).request({ protocol, path: protocol.path, query, headers, facts }, endpoint);
  const edits = [...wanted.edits, ...editsFor(request, asksUsage), ...repeatedNames(request, endpoint)];
  const body = edits.length === 0 || !scan ? view.body : spliceMembers(view.body, scan, edits);
  return {
    origin: endpoint.origin,
    ...tlsOf(endpoint),
    http2: endpoint.http2,
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
function editsFor(request: GenerationRequest, asksUsage: boolean): JsonEdit[] {
  const { facts, extraCache } = request;
  const edits: JsonEdit[] = [];
  if (facts.cache !== undefined) edits.push({ op: 'remove', key: 'cache' });
  if (extraCache !== undefined) edits.push({ op: 'set', key: 'extra_body', value: extraBodyWithoutCache(request) });
  if (asksUsage) edits.push({ op: 'merge', key: 'stream_options', members: { include_usage: 'true' } });
  return edits;
}

function extraBodyWithoutCache({ view }: GenerationRequest): string {
  const extra = requestObject(view.body)['extra_body'];
  return JSON.stringify(isJsonObject(extra) ? { ...extra, cache: undefined } : extra);
}
