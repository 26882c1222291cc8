import type { ErrorRequestHandler, RequestHandler } from 'express';
import { newRequestId } from '../../core/ids.ts';
import { GovernanceFault, invalid } from '../../governance/fault.ts';
import type { GovernanceRouterDeps } from './deps.ts';

export const unknownRoute: RequestHandler = (request) => {
  throw new GovernanceFault(404, `There is no route ${request.method} ${request.baseUrl}${request.path}.`);
};

/** What body-parser and the router of Express throw: errors with a status that blames the client. */
function clientFault(error: unknown): GovernanceFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new GovernanceFault(413, 'The body exceeds 4 MiB.');
  if (typeof type === 'string') return invalid('The body is not JSON, or its encoding is not known.');
  return error instanceof URIError || (typeof status === 'number' && status >= 400 && status < 500)
    ? invalid('The path or the body cannot be read.')
    : undefined;
}

/** Every error of these routes is `{"error": "<sentence>"}`. */
export function governanceErrors(deps: GovernanceRouterDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof GovernanceFault ? error : clientFault(error);
    if (known === undefined) {
      const given = response.getHeader('x-request-id');
      const id = typeof given === 'string' ? given : newRequestId();
      deps.fault('a governance route failed', id, error);
      response.status(500).json({ error: `The proxy failed to answer; its log has the reason under ${id}.` });
      return;
    }
    if (known.status === 503) response.set('retry-after', '1');
    response.status(known.status).json({ error: known.message });
  };
}
