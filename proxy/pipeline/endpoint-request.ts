import { isJsonObject } from '../core/json.ts';
import { spliceMembers, type JsonEdit } from '../wire/json-splice.ts';
import type { Endpoint } from '../routing/types.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest } from '../upstream/types.ts';
import type { Exchange } from './exchange.ts';
import { parseObject } from './receive.ts';
import type { ModelRuntime } from './runtime.ts';

/** The client's request as one endpoint is to see it: the original bytes, but for the edits that a rule names. */
export function endpointRequest(exchange: Exchange, model: ModelRuntime, endpoint: Endpoint): UpstreamRequest {
  const { protocol, request } = exchange;
  const edits = editsFor(exchange, endpoint);
  const body =
    edits.length === 0 || !exchange.entry ? request.body : spliceMembers(request.body, exchange.entry.scan, edits);
  const query = request.query === '' ? '' : `?${request.query}`;
  return {
    origin: endpoint.origin,
    path: `${endpoint.basePath}${protocol.path}${query}`,
    method: 'POST',
    headers: buildRequestHeaders({
      client: request.headers,
      credential: endpoint.credential,
      extra: endpoint.headers,
      requestId: exchange.id,
      bodyBytes: body.length,
    }),
    body,
    timeouts: model.timeouts,
  };
}

/**
 * The only three edits there are: the model's name at the endpoint; the `cache` member, which is meant for us; and
 * `stream_options.include_usage` on a stream that is recorded, so that its entry can answer a unary request as well.
 */
function editsFor(exchange: Exchange, endpoint: Endpoint): JsonEdit[] {
  const { facts, entry, plan, protocol } = exchange;
  if (!facts || !entry) return [];
  const edits: JsonEdit[] = [];
  const upstreamModel = endpoint.upstreamModel;
  if (upstreamModel !== undefined && upstreamModel !== facts.model) {
    edits.push({ op: 'set', key: 'model', value: JSON.stringify(upstreamModel) });
  }
  if (facts.cache !== undefined) edits.push({ op: 'remove', key: 'cache' });
  if (entry.extraCache !== undefined) {
    edits.push({ op: 'set', key: 'extra_body', value: extraBodyWithoutCache(exchange) });
  }
  const hasUsageOption = protocol.id === 'chat.completions' || protocol.id === 'completions';
  if (hasUsageOption && facts.stream && !facts.includeUsage && (plan?.write || plan?.share)) {
    edits.push({ op: 'merge', key: 'stream_options', members: { include_usage: 'true' } });
  }
  return edits;
}

function extraBodyWithoutCache(exchange: Exchange): string {
  const extra = (exchange.parsed ?? parseObject(exchange.request.body))['extra_body'];
  return JSON.stringify(isJsonObject(extra) ? { ...extra, cache: undefined } : extra);
}

/** Whether the endpoint was asked for usage that this client did not ask for: it must then not be shown. */
export function hidesUsage(exchange: Exchange): boolean {
  const { facts, plan } = exchange;
  return facts?.stream === true && !facts.includeUsage && (plan?.write === true || plan?.share === true);
}
