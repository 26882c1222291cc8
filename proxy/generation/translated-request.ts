import { randomAlphanumeric } from '../core/ids.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { Protocol } from '../protocols/types.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { Family, Seal } from '../translate/conversation.ts';
import type { AnswerContext } from '../translate/steps.ts';
import type { WrittenRequest } from '../translate/types.ts';
import { AnswerTranslation, translateRequest } from '../translate/translation.ts';
import { buildRequestHeaders } from '../upstream/headers.ts';
import type { UpstreamRequest, UpstreamTimeouts } from '../upstream/types.ts';
import { requestObject } from '../wire/json-object.ts';
import type { GenerationRequest } from './request.ts';
import { translatedFamily } from './spoken-protocol.ts';
import type { AnswerTranslator } from './translated-intake.ts';
import { tlsOf } from '../upstream/tls.ts';

/** The way back from the endpoint's protocol to the client's. */
export interface Translation {
  /** The endpoint's family, and the client's. */
  readonly from: Family;
  readonly to: Family;
  readonly translator: AnswerTranslator;
}

/** What an attempt knows besides the request and its endpoint. */
export interface CallOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The endpoint is asked for usage on a stream although the client did not. */
  readonly asksUsage: boolean;
  /** Signed and encrypted reasoning in the request is left out: the endpoint cannot read it. */
  readonly foreignSeals: boolean;
}

/** A request that was written anew. */
export interface TranslatedCall {
  readonly asked: UpstreamRequest;
  /** Names of the client's fields that could not be told. */
  readonly dropped: readonly string[];
  /** Absent where the endpoint answers in the client's own protocol. */
  readonly translation?: Translation;
}

/** What the name of a snapshot adds to that of its model. */
const SNAPSHOT = /^-(?:\d{4,8}(?:-\d{2}(?:-\d{2})?)?|\d{3}|latest)$/;

/**
 * The request as an endpoint of another protocol is asked, or as one of the same protocol that cannot read the reasoning in
 * it. Throws ProxyError (400) where that cannot be told there.
 */
export function translatedCall(
  request: GenerationRequest,
  spoken: Protocol,
  endpoint: Endpoint,
  timeouts: UpstreamTimeouts,
  { now, asksUsage, foreignSeals }: CallOptions,
): TranslatedCall {
  const { protocol, view, facts } = request;
  const from = translatedFamily(protocol);
  const to = translatedFamily(spoken);
  if (from === undefined || to === undefined) throw new Error(`${protocol.id} is not translated to ${spoken.id}`);
  const model = endpoint.upstreamModel ?? facts.model;
  const body = clientBody(request);
  const { includeUsage, stream } = facts;
  const head = { stream, model: facts.model };
  const target = {
    model,
    provider: endpoint.provider,
    strict: request.strictTranslation === true,
    acceptsSeal: (seal: Seal) => !foreignSeals && isOwnSeal(seal, to, model),
  };
  const written = translateRequest({ from, to }, body, target, head);
  const bytes = Buffer.from(
    JSON.stringify(asksUsage || (from === to && includeUsage) ? written.body : unasked(written)),
  );
  const provider = providerOf(endpoint).request(
    { protocol: spoken, path: spoken.path, query: '', headers: view.headers, facts: { model, stream } },
    endpoint,
  );
  const asked: UpstreamRequest = {
    origin: endpoint.origin,
    ...tlsOf(endpoint),
    http2: endpoint.http2,
    path: provider.path,
    method: 'POST',
    headers: buildRequestHeaders({
      client: view.headers,
      provider: [...provider.headers, ...(written.headers ?? [])],
      extra: endpoint.headers,
      requestId: request.id,
      bodyBytes: bytes.length,
    }),
    body: bytes,
    timeouts,
  };
  if (from === to) return { asked, dropped: written.dropped };
  const context: AnswerContext = {
    model: facts.model,
    now,
    random: { alnum: randomAlphanumeric },
    includeUsage: includeUsage || request.addsUsage,
    request: body,
  };
  const hints = written.hints ? { hints: written.hints } : {};
  const translator = new AnswerTranslation({ from: to, to: from, context, protocol: spoken, ...hints });
  return { asked, dropped: written.dropped, translation: { from: to, to: from, translator } };
}

/** The request without the field that asks for usage. */
function unasked({ body }: WrittenRequest): JsonObject {
  const { stream_options: _options, ...plain } = body;
  return plain;
}

/** The client's body without what is meant for the proxy. */
function clientBody({ view, facts, extraCache }: GenerationRequest): JsonObject {
  const body = requestObject(view.body);
  if (facts.cache === undefined && extraCache === undefined) return body;
  const { cache: _cache, extra_body: extra, ...rest } = body;
  if (!isJsonObject(extra)) return rest;
  const { cache: _extraCache, ...others } = extra;
  return { ...rest, extra_body: others };
}

/** A seal can be read by the model that made it alone, which answers call by the name of its snapshot. */
function isOwnSeal({ family, model: maker }: Seal, wanted: Family, model: string): boolean {
  if (family !== wanted) return false;
  return maker === undefined || maker === model || isSnapshot(maker, model) || isSnapshot(model, maker);
}

/** `gpt-5-2025-08-07` of `gpt-5`; no `gpt-5-mini`. */
function isSnapshot(name: string, model: string): boolean {
  return name.startsWith(`${model}-`) && SNAPSHOT.test(name.slice(model.length));
}
