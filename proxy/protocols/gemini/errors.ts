import { statusOf } from '../error-status.ts';
import type { ErrorFields, StreamFailure } from '../types.ts';

/** Words of `google.rpc.Code` by HTTP status. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The status word that Google's APIs have for an HTTP status. */
export function statusWord(status: number): string {
  return WORDS[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'UNAVAILABLE');
}

/** `{"error":{code, message, status, details}}`, indented as the real API writes it. */
export function errorBody(error: ErrorFields): Buffer {
  const { message, code, headers } = error;
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN);
  return Buffer.from(`${JSON.stringify(envelope({ status: statusOf(error), message, code, seconds }), null, 2)}\n`);
}

/** The same as an event of a stream; a failure without a status is one of the endpoint. */
export function errorEvent({ message, code, status = 502, retry_after: seconds = Number.NaN }: StreamFailure): Buffer {
  return Buffer.from(`data: ${JSON.stringify(envelope({ status, message, code, seconds }))}\r\n\r\n`);
}

interface Said {
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
  /** Seconds to wait; NaN where nothing is known. */
  readonly seconds: number;
}

function envelope({ status, message, code, seconds }: Said): object {
  const details = [
    ...(code === null ? [] : [detail('ErrorInfo', { reason: code.toUpperCase(), domain: 'llmproxy' })]),
    ...(seconds >= 0 ? [detail('RetryInfo', { retryDelay: `${seconds}s` })] : []),
  ];
  const error = { code: status, message, status: statusWord(status) };
  return { error: details.length === 0 ? error : { ...error, details } };
}

function detail(type: string, members: object): object {
  return { '@type': `type.googleapis.com/google.rpc.${type}`, ...members };
}
