import { ProxyError } from '../core/errors.ts';
import type { FlatHeaders } from '../wire/http.ts';
import type { RequestContext } from './context.ts';
import { answerHeaders } from './headers.ts';
import type { Runtime } from './runtime.ts';
import { errorFailure, failWaitingStream } from './stream-failure.ts';

/** Turns whatever was thrown into the client's answer: the one error exit of all pipelines, in the family's own format. */
export function renderFailure(context: RequestContext, runtime: Runtime, thrown: unknown): void {
  const error = asProxyError(context, runtime, thrown);
  context.errorCode = error.code;
  const { responder, protocol } = context;
  context.termination ??= { by: responder.closed ? 'client' : 'proxy', phase: context.phase };
  if (responder.closed) return;
  if (responder.headSent) {
    if (context.isWaiting) failWaitingStream(context, errorFailure(error));
    else responder.cut();
    return;
  }
  context.status = error.status;
  const body = protocol.errorBody(error);
  responder.head(error.status, errorHeaders(body, answerHeaders(context, Object.entries(error.headers))));
  responder.end(body);
}

/** The headers of an error answer of the proxy's own. */
export function errorHeaders(body: Buffer, headers: FlatHeaders): FlatHeaders {
  return ['content-type', 'application/json', ...headers, 'content-length', String(body.length)];
}

function asProxyError(context: RequestContext, runtime: Runtime, thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  runtime.telemetry.fault(`stage '${context.phase}' failed`, context.id, thrown);
  return new ProxyError(
    'internal_error',
    `The proxy failed on this request. Its log has the details under the request id ${context.id}.`,
  );
}
