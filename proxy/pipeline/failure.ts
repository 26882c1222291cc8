import { ProxyError } from '../core/errors.ts';
import { errorBody } from '../protocols/openai/error-body.ts';
import type { Exchange } from './exchange.ts';
import { answerHeaders } from './headers.ts';
import type { Runtime } from './runtime.ts';

/** Turns whatever a stage threw into the client's answer: the one error exit of the pipeline. */
export function renderFailure(exchange: Exchange, runtime: Runtime, thrown: unknown): void {
  const error = asProxyError(exchange, runtime, thrown);
  exchange.errorCode = error.code;
  exchange.termination ??= { by: 'proxy', phase: exchange.phase };
  const { responder } = exchange;
  if (responder.closed) return;
  if (responder.headSent) {
    responder.cut();
    return;
  }
  exchange.status = error.status;
  const body = errorBody(error);
  const headers = ['content-type', 'application/json', ...answerHeaders(exchange, Object.entries(error.headers))];
  headers.push('content-length', String(body.length));
  responder.head(error.status, headers);
  responder.end(body);
}

function asProxyError(exchange: Exchange, runtime: Runtime, thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  runtime.telemetry.fault(`stage '${exchange.phase}' failed`, exchange.id, thrown);
  return new ProxyError(
    'internal_error',
    `The proxy failed on this request. Its log has the details under the request id ${exchange.id}.`,
  );
}
