import type { ErrorRequestHandler, RequestHandler } from 'express';

import { ProxyError } from '../core/errors.ts';
import { errorBody } from '../protocols/openai/error-body.ts';
import type { AdminDeps } from './deps.ts';

/** For what no router has answered. */
export const unknownUrl: RequestHandler = (request) => {
  throw new ProxyError('unknown_url', `Unknown request URL: ${request.method} ${request.path}. Check it for typos.`);
};

const KIB = 1_024;

/** Errors of body-parser carry a `type`. */
function fromBodyParser(error: unknown): ProxyError | undefined {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    const limit = error instanceof Error && 'limit' in error ? Number(error.limit) / KIB : 0;
    const size = limit < KIB ? `${limit} KiB` : `${limit / KIB} MiB`;
    return new ProxyError('request_too_large', `The body exceeds ${size}.`);
  }
  return typeof type === 'string' ? new ProxyError('invalid_json', 'The body is not JSON.') : undefined;
}

/** The one place where an error of the control plane becomes an answer. */
export function errorExit({ telemetry }: AdminDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    let known = error instanceof ProxyError ? error : fromBodyParser(error);
    if (known === undefined) {
      const id = String(response.getHeader('x-request-id'));
      telemetry.fault('an admin route failed', id, error);
      known = new ProxyError('internal_error', `The proxy failed to answer; its log has the reason under ${id}.`);
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(known.status).set(known.headers).type('application/json').send(errorBody(known));
  };
}
