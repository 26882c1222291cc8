import { missing, unknownModel as modelNotFound } from '../refusals/sentences.ts';
import type { Violation } from '../refusals/violation.ts';
import { json, pretty, quote } from './json.ts';
import { errorHeaders } from './headers.ts';
import { bearerKey } from './keys.ts';
import type { DialectContext, DialectRequest, JsonReply } from './reply.ts';

/** The provider's error object. */
export interface ProviderError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** What families besides OpenAI say more. */
  readonly details?: unknown;
}

/** Compact JSON of `{"error": …}`. */
export function errorJson(error: ProviderError): string {
  return `{"error":{"message":${quote(error.message)},"type":${quote(error.type)},"param":${json(error.param)},"code":${json(error.code)}}}`;
}

export function errorReply(status: number, error: ProviderError, context: DialectContext): JsonReply {
  const body = `${pretty(errorJson(error))}\n`;
  return { kind: 'json', status, headers: errorHeaders(context, status, Buffer.byteLength(body)), body, tokens: 0 };
}

/** The reply for a request that breaks a rule. */
export function refuse(context: DialectContext, refusal: Violation): JsonReply {
  return errorReply(refusal.status, refusal, context);
}

/** A refused request: status 400, `invalid_request_error`. */
export function badRequest(
  context: DialectContext,
  message: string,
  param: string | null = null,
  code: string | null = null,
): JsonReply {
  return errorReply(400, { message, type: 'invalid_request_error', param, code }, context);
}

export function missingField(context: DialectContext, param: string): JsonReply {
  return refuse(context, missing(param));
}

/** 404 for a path that has no operation; the provider speaks differently inside and outside `/v1`. */
export function unknownUrl(request: Pick<DialectRequest, 'method' | 'path'>, context: DialectContext): JsonReply {
  const { method, path } = request;
  const inside = path === '/v1' || path.startsWith('/v1/');
  const message = inside
    ? `Invalid URL (${method} ${path})`
    : `Unknown request URL: ${method} ${path}. Please check the URL for typos, or see the docs at https://platform.openai.com/docs/api-reference/.`;
  return errorReply(
    404,
    { message, type: 'invalid_request_error', param: null, code: inside ? null : 'unknown_url' },
    context,
  );
}

/** 405 for a path that exists under another method. */
export function wrongMethod(
  { method, path }: Pick<DialectRequest, 'method' | 'path'>,
  allowed: readonly string[],
  context: DialectContext,
): JsonReply {
  const message =
    allowed.join() === 'POST'
      ? 'Only POST requests are accepted.'
      : `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`;
  const error = { message, type: 'invalid_request_error', param: null, code: 'method_not_supported' };
  const reply = errorReply(405, error, context);
  // RFC 9110, 15.5.6: what is allowed is said.
  return { ...reply, headers: [...reply.headers, ['allow', allowed.join(', ')]] };
}

const UNPARSABLE =
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)";

export function unparsableBody(context: DialectContext, contentType = 'application/json'): JsonReply {
  const isForm = /^multipart\/form-data\b/i.test(contentType);
  return badRequest(context, isForm ? 'Could not parse multipart form' : UNPARSABLE);
}

const NO_KEY =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.";

/** As the provider shows a key it refuses: the first 8 and last 4 characters; short keys whole. */
function masked(key: string): string {
  return key.length <= 12 ? key : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}

/** 401 when the context has a list of keys and the request does not carry one of them. */
export function refusedKey(request: Pick<DialectRequest, 'headers'>, context: DialectContext): JsonReply | undefined {
  if (context.keys === undefined) return undefined;
  const key = bearerKey(request);
  if (key === undefined) {
    return errorReply(401, { message: NO_KEY, type: 'invalid_request_error', param: null, code: null }, context);
  }
  if (context.keys.includes(key)) return undefined;
  const message = `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return errorReply(401, { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' }, context);
}

/** 404 with backticks for chat, completions and embeddings; 400 with quotes and a `param` for Responses. */
export function unknownModel(model: string, context: DialectContext, family: 'chat' | 'responses'): JsonReply {
  return refuse(context, modelNotFound(model, family));
}
