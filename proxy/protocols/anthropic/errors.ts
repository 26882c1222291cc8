import { statusOf } from '../error-status.ts';
import type { ErrorFields, StreamFailure } from '../types.ts';

/** Anthropic's error types by HTTP status; every other 4xx is an `invalid_request_error`, every other 5xx an `api_error`. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Codes that are Anthropic's own: its SDKs look for them in the details. */
const NATIVE_CODES: ReadonlySet<string | null> = new Set(['thread_not_found']);

/** The error type that Anthropic's API has for a status. */
export function errorType(status: number): string {
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** `{"type":"error","error":{type, message}}`, compact as the real API writes it; `code` is the proxy's own. */
export function errorBody(error: ErrorFields): Buffer {
  return Buffer.from(JSON.stringify(envelope(errorType(statusOf(error)), error.message, error.code)));
}

/** The same as the event of a stream; a failure without a status is one of the endpoint. */
export function errorEvent({ message, code, status = 502, retry_after }: StreamFailure): Buffer {
  const data = envelope(errorType(status), message, code, retry_after);
  return Buffer.from(`event: error\ndata: ${JSON.stringify(data)}\n\n`);
}

function envelope(type: string, message: string, code: string | null, retryAfter?: number): object {
  const details = NATIVE_CODES.has(code) ? { details: { error_code: code } } : {};
  const more = {
    ...details,
    ...(code === null ? {} : { code }),
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
  };
  return { type: 'error', error: { type, message, ...more } };
}
