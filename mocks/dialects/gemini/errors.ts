import { json, pretty, quote } from '../json.ts';
import type { DialectContext, DialectRequest, JsonReply, StreamEvent } from '../reply.ts';
import type { FieldFault } from './spelling.ts';
import { googleHeaders, JSON_TYPE, STREAM_TYPE } from './headers.ts';
import { spaced } from './wire.ts';

/** `google.rpc.Status` with the HTTP status that it is sent with. */
export interface GoogleError {
  readonly code: number;
  readonly message: string;
  /** Such as `INVALID_ARGUMENT`. */
  readonly status: string;
  /** Each with its `@type`. */
  readonly details?: readonly object[] | undefined;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export function statusWord(code: number): string {
  return STATUS_WORDS[code] ?? (code >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
}

export const detail = (type: string, fields: object): object => ({
  '@type': `type.googleapis.com/google.rpc.${type}`,
  ...fields,
});

export function googleError(code: number, message: string, details?: readonly object[]): GoogleError {
  return { code, message, status: statusWord(code), details };
}

/** Compact JSON of `{"error": …}`. */
export function googleErrorJson({ code, message, status, details }: GoogleError): string {
  const more = details === undefined || details.length === 0 ? '' : `,"details":${json(details)}`;
  return `{"error":{"code":${code},"message":${quote(message)},"status":"${status}"${more}}}`;
}

/** How the caller reads the answer: a stream that fails before it begins answers with an array of one error. */
export type ErrorForm = 'object' | 'array' | 'sse';

/** The form that a request asks for. */
export function errorForm({ path, query }: Pick<DialectRequest, 'path' | 'query'>): ErrorForm {
  if (!path.endsWith(':streamGenerateContent')) return 'object';
  return query.get('alt') === 'sse' ? 'sse' : 'array';
}

export function googleErrorReply(error: GoogleError, context: DialectContext, form: ErrorForm = 'object'): JsonReply {
  const text = pretty(googleErrorJson(error));
  const body = form === 'object' ? `${text}\n` : `[${text}\n]`;
  const headers = googleHeaders(context, form === 'sse' ? STREAM_TYPE : JSON_TYPE);
  return { kind: 'json', status: error.code, headers, body, tokens: 0 };
}

/** The end of a stream that fails after it has begun: a bare object. */
export function googleStreamFailure(error: GoogleError, form: ErrorForm, eventsSent: number): readonly StreamEvent[] {
  const body = googleErrorJson(error);
  const before = eventsSent === 0 ? '[' : '\n,\r\n';
  const bytes = form === 'array' ? `${before}${pretty(body)}\n]` : `data: ${spaced(body)}\r\n\r\n`;
  return [{ bytes, tokens: 0, kind: 'close' }];
}

/** 400 for fields that the API's definition does not have. */
export function unknownFields(faults: readonly FieldFault[]): GoogleError {
  const fieldViolations = faults.map(({ field, description }) =>
    field === '' ? { description } : { field, description },
  );
  const message = faults.map(({ description }) => description).join('\n');
  return googleError(400, message, [detail('BadRequest', { fieldViolations })]);
}

/** The API's version that the path names. */
export function versionOf(path: string): string {
  return /^\/(?:upload\/|download\/)?(v\w+)\//.exec(path)?.[1] ?? 'v1beta';
}

export function unknownGeminiModel(model: string, method: string, version: string): GoogleError {
  const message =
    `models/${model} is not found for API version ${version}, or is not supported for ${method}. ` +
    'Call ModelService.ListModels to see the list of available models and their supported methods.';
  return googleError(404, message);
}

export const BROKEN_JSON = googleError(400, 'Invalid JSON payload received. Unexpected token.\n\n^');

const NO_KEY =
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.";
const BAD_KEY = 'API key not valid. Please pass a valid API key.';

/** The key of a request: in its header, in the query, or as a bearer token. */
export function geminiKey({ headers, query }: Pick<DialectRequest, 'headers' | 'query'>): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
  return headers['x-goog-api-key'] ?? query.get('key') ?? bearer;
}

/** 403 without a key, 400 with one that is not among `keys`; undefined where any key does. */
export function refusedGeminiKey(
  request: Pick<DialectRequest, 'headers' | 'query'>,
  keys: readonly string[] | undefined,
): GoogleError | undefined {
  if (keys === undefined) return undefined;
  const key = geminiKey(request);
  if (key === undefined || key === '') return googleError(403, NO_KEY);
  if (keys.includes(key)) return undefined;
  const info = {
    reason: 'API_KEY_INVALID',
    domain: 'googleapis.com',
    metadata: { service: 'generativelanguage.googleapis.com' },
  };
  const localized = detail('LocalizedMessage', { locale: 'en-US', message: BAD_KEY });
  return googleError(400, BAD_KEY, [detail('ErrorInfo', info), localized]);
}

/** 404 of a path that has no method: Google's front end answers it with a page. */
export function unknownGeminiUrl(context: DialectContext): JsonReply {
  const page =
    '<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That’s an error.</ins>\n';
  return {
    kind: 'json',
    status: 404,
    headers: googleHeaders(context, 'text/html; charset=UTF-8'),
    body: page,
    tokens: 0,
  };
}
