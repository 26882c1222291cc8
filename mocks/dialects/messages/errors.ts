import type { ProviderError } from '../errors.ts';
import type { DialectRequest, DialectContext, JsonReply } from '../reply.ts';
import { json, quote } from '../json.ts';
import { errorHeaders } from './headers.ts';
import { idAfter } from './ids.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const SAID: Readonly<Record<number, string>> = {
  401: 'invalid x-api-key',
  403: 'Your account does not have access to this resource.',
  404: 'model: claude-mock',
  408: 'Request timed out.',
  413: 'Request exceeds the maximum size',
  429: "This request would exceed your account's rate limit. Please try again later.",
  500: 'Internal server error',
  504: 'Gateway timeout',
  529: 'Overloaded',
};

const KNOWN_TYPES = new Set(Object.values(TYPES));
const NO_CREDIT =
  'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.';

/** The type that belongs to a status. */
export function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** What the provider says with a status, for injected failures. */
export function messagesError(status: number, code?: string): ProviderError {
  const broke = code === 'insufficient_quota';
  const message = broke ? NO_CREDIT : (SAID[status] ?? (status >= 500 ? 'Internal server error' : 'Invalid request'));
  return { message, type: broke ? 'invalid_request_error' : typeOf(status), param: null, code: null };
}

/** `{type, message}` alone; a type that the provider does not have becomes that of the status. */
function innerJson(status: number, { type, message, details }: ProviderError): string {
  const more = details === undefined ? '' : `"details":${json(details)},`;
  return `${more}"type":${quote(KNOWN_TYPES.has(type) ? type : typeOf(status))},"message":${quote(message)}`;
}

/** Compact JSON of the envelope; without a request id it has no such member. */
export function messagesErrorJson(status: number, error: ProviderError, requestId?: string): string {
  const id = requestId === undefined ? '' : `,"request_id":${json(requestId)}`;
  return `{"type":"error","error":{${innerJson(status, error)}}${id}}`;
}

/** Compact JSON of the `error` event of a stream. */
export function messagesErrorEvent(status: number, error: ProviderError, requestId: string): string {
  return `{"type":"error","error":{${innerJson(status, { details: null, ...error })}},"request_id":${json(requestId)}}`;
}

export function messagesErrorReply(status: number, error: ProviderError, context: DialectContext): JsonReply {
  const requestId = idAfter('req_011C', context);
  const body = messagesErrorJson(status, error, requestId);
  const headers = errorHeaders(context, status, Buffer.byteLength(body), requestId);
  return { kind: 'json', status, headers, body, tokens: 0 };
}

/** 400, `invalid_request_error`. */
export function refusal(context: DialectContext, message: string): JsonReply {
  return messagesErrorReply(400, { message, type: 'invalid_request_error', param: null, code: null }, context);
}

/** 404, `not_found_error`. */
export function notFound(context: DialectContext, message: string): JsonReply {
  return messagesErrorReply(404, { message, type: 'not_found_error', param: null, code: null }, context);
}

export function unknownUrl(_request: Pick<DialectRequest, 'method' | 'path'>, context: DialectContext): JsonReply {
  return notFound(context, 'Not found');
}

export function wrongMethod(
  _request: Pick<DialectRequest, 'method' | 'path'>,
  allowed: readonly string[],
  context: DialectContext,
): JsonReply {
  const error = { message: 'Method Not Allowed', type: 'invalid_request_error', param: null, code: null };
  const reply = messagesErrorReply(405, error, context);
  // RFC 9110, 15.5.6: what is allowed is said.
  return { ...reply, headers: [...reply.headers, ['allow', allowed.join(', ')]] };
}
