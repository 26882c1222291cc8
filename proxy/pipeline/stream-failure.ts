import type { ProxyError } from '../core/errors.ts';
import type { StreamFailure } from '../protocols/types.ts';
import { readErrorBody } from '../providers/error-body.ts';
import type { RefusedAnswer } from '../generation/answer.ts';
import type { RequestContext } from './context.ts';

/** Ends a stream whose head was sent before there was an answer: the failure goes out as an event, and the connection cut. */
export function failWaitingStream(context: RequestContext, failure: StreamFailure): void {
  const { responder, protocol } = context;
  responder.write(protocol.errorEvent(failure));
  responder.cut();
}

/** An error of the proxy's own, as an event says it. */
export function errorFailure(error: ProxyError): StreamFailure {
  const { message, type, code, status } = error;
  return { message, type, code, status, ...retryAfter(error.headers['retry-after']) };
}

/** The refusal of an endpoint, as an event says it. */
export function answerFailure({ status, headers, body }: RefusedAnswer): StreamFailure {
  const error = readErrorBody(body);
  const wait = headers.find(([name]) => name === 'retry-after')?.[1];
  return {
    message: error.message === '' ? `The endpoint answered with status ${status}.` : error.message,
    type: error.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    code: error.code ?? 'upstream_error',
    status,
    ...retryAfter(wait),
  };
}

function retryAfter(text: string | undefined): { readonly retry_after?: number } {
  const seconds = Number(text ?? Number.NaN);
  return seconds >= 0 ? { retry_after: seconds } : {};
}
