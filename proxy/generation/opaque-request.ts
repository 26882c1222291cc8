import type { IncomingHttpHeaders } from 'node:http';
import type { ProtocolFamily } from '../protocols/types.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { MadeBy } from './answer.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import type { HeldBody, RequestHead } from '../wire/http.ts';
import { type ModelMention, renamedQuery, renamingPatches } from '../wire/model-mention.ts';
import { tlsOf } from '../upstream/tls.ts';

/** A request on a route that the proxy does not interpret: only its model is known, where it names one. */
export interface OpaqueRequest {
  /** Route family: its name in metrics. */
  readonly family: string;
  /** Whose API the route belongs to. Default `openai`. */
  readonly api?: ProtocolFamily;
  /** Further headers of the client that its API has endpoints see, lower case. */
  readonly forwards?: readonly string[];
  /** The name that the request asks for; undefined when it names none. */
  readonly model: string | undefined;
  readonly inQuery: readonly ModelMention[];
  /** Undefined when there is none, and when it does not go through the generation. */
  readonly body: HeldBody | undefined;
  /** Sent on a connection of its own, because it must not reach an endpoint twice. */
  readonly fresh: boolean;
  /** A secret that the provider gave this client; it is sent in place of the endpoint's credential. */
  readonly clientSecret?: string;
  /**
   * Where an account is kept: the answer says what it is billed, or it begins something that is billed `later` (a batch, a tuned
   * model). Absent = nothing is billed: things are listed, stored, deleted.
   */
  readonly billed?: 'now' | 'later';
  /** Is given an answer of moderate size once it has ended well. */
  readonly learn?: (answer: LearntAnswer) => void;
}

/** More bytes of an answer than this are not kept for `learn`. */
export const LEARN_LIMIT = 64 * 1024;

export interface LearntAnswer extends MadeBy {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Request headers that only routes which are not interpreted need, besides those that every endpoint may see. */
const MORE_REQUEST_HEADERS = ['content-type', 'range'] as const;
/** Configured headers that would stand beside a client's secret as a second credential. */
const CREDENTIAL_HEADERS = new Set(['authorization', 'api-key', 'x-api-key', 'x-goog-api-key']);

/** The request as one endpoint is to see it: the client's bytes, with the model's name at the endpoint. */
export function opaqueEndpointRequest(
  id: string,
  head: RequestHead,
  opaque: OpaqueRequest,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
): UpstreamRequest {
  const { method, path, headers: client } = head;
  const { model, body, inQuery } = opaque;
  const name = model === undefined ? undefined : (endpoint.upstreamModel ?? model);
  const query = name === undefined ? head.query : renamedQuery(head.query, inQuery, name);
  const facts = model === undefined ? undefined : { model };
  const { api = 'openai' } = opaque;
  const view = { protocol: undefined, family: api, path, query, headers: client, facts };
  const wanted = providerOf(endpoint).request(view, endpoint);
  const { extra, provider } = credentialsOf(opaque, endpoint, wanted.headers);
  const forwards = [...MORE_REQUEST_HEADERS, ...(opaque.forwards ?? [])];
  const headers = buildRequestHeaders({ client, forwards, provider, extra, requestId: id, bodyBytes: undefined });
  const outgoing = body?.outgoing(name === undefined ? [] : renamingPatches(body.findings.mentions, name));
  if (outgoing) headers.push('content-length', String(outgoing.bytes));
  return {
    origin: endpoint.origin,
    ...tlsOf(endpoint),
    path: wanted.path,
    method,
    headers,
    ...(outgoing ? { body: outgoing.body } : {}),
    ...(opaque.fresh ? { fresh: true } : {}),
    timeouts,
  };
}

function credentialsOf(
  { clientSecret }: OpaqueRequest,
  { headers }: Endpoint,
  provider: readonly (readonly [string, string])[],
): Pick<Parameters<typeof buildRequestHeaders>[0], 'extra' | 'provider'> {
  if (clientSecret === undefined) return { extra: headers, provider };
  const extra = Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name));
  return { extra: Object.fromEntries(extra), provider: [['authorization', `Bearer ${clientSecret}`]] };
}
