import { answerText } from './answer.ts';
import { errorReply } from './errors.ts';
import { json } from './json.ts';
import type { ListingRules } from './listing.ts';
import { listJson, pageOf, refusedListing } from './listing.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation } from './reply.ts';
import type { Body } from './validate.ts';
import { isBody, wrongType } from './validate.ts';

/** The body of a stored object: it is shown, and carries its id. */
export type StoredBody = Body;

export function idOf(body: StoredBody): string {
  return String(body['id']);
}

/** 404 for an id that was never made. */
export function notFound(context: DialectContext, message: string): JsonReply {
  return errorReply(404, { message, type: 'invalid_request_error', param: null, code: null }, context);
}

export function unixSeconds(context: DialectContext): number {
  return Math.floor(context.now() / 1000);
}

/** A request that one operation makes of another. */
export function plainRequest({ method, path }: Operation, body: unknown): DialectRequest {
  return { method, path, params: {}, query: new URLSearchParams(), headers: {}, body, rawBody: Buffer.alloc(0) };
}

/** The page of `bodies` (oldest first) that the query asks for, or the refusal of a wrong `limit` or `order`. */
export function listReply(
  context: DialectContext,
  query: URLSearchParams,
  bodies: readonly StoredBody[],
  rules: ListingRules = {},
): JsonReply {
  const refused = refusedListing(query, context, rules);
  if (refused) return refused;
  const { data, hasMore } = pageOf(bodies, query, idOf, rules);
  return answerText(context, listJson(data.map(json), data.map(idOf), hasMore));
}

/** Metadata of a request: an object, empty when it is absent. */
export function metadataOf(body: Body): Body {
  return isBody(body['metadata']) ? body['metadata'] : {};
}

export function refusedMetadata(body: Body, context: DialectContext): JsonReply | undefined {
  const { metadata } = body;
  return metadata === undefined || metadata === null || isBody(metadata)
    ? undefined
    : wrongType(context, 'metadata', 'an object', metadata);
}

/** The fields that the request names, in place of those that were there. */
export function merged(there: StoredBody, body: Body, fields: readonly string[]): StoredBody {
  const named = fields.filter((field) => body[field] !== undefined);
  return { ...there, ...Object.fromEntries(named.map((field) => [field, body[field]])) };
}
