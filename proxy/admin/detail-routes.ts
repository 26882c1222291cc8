import { json, type ErrorRequestHandler, type RequestHandler } from 'express';
import { DetailFault, unprocessable } from '../core/detail-fault.ts';
import { newRequestId } from '../core/ids.ts';
import { GovernanceFault } from '../governance/fault.ts';

/** Room for the longest prompts and lists that these routes take. */
const BODY_LIMIT = '4mb';

/** Reads a JSON body, whatever its label says. */
export const detailBody: RequestHandler = json({ limit: BODY_LIMIT, type: () => true, strict: false });

export const unknownDetailRoute: RequestHandler = () => {
  throw new DetailFault(404, 'Not Found');
};

interface DetailErrors {
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}

/** Every error of the routes below `/api/v1` is `{"detail": …}`. */
export function detailErrors(deps: DetailErrors): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = knownFault(error);
    if (known === undefined) {
      const given = response.getHeader('x-request-id');
      const id = typeof given === 'string' ? given : newRequestId();
      deps.fault('a route below /api/v1 failed', id, error);
      response.status(500).json({ detail: `The proxy failed to answer; its log has the reason under ${id}.` });
      return;
    }
    response.status(known.status).set(known.headers).json(known.body);
  };
}

function knownFault(error: unknown): DetailFault | undefined {
  if (error instanceof DetailFault) return error;
  if (error instanceof GovernanceFault) {
    return new DetailFault(error.status, error.message, error.status === 503 ? { 'retry-after': '1' } : {});
  }
  return clientFault(error);
}

/** What body-parser and the router of Express throw: errors with a status that blames the client. */
function clientFault(error: unknown): DetailFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new DetailFault(413, 'The body exceeds 4 MiB.');
  if (typeof type === 'string') return unprocessable({ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' });
  return error instanceof URIError || (typeof status === 'number' && status >= 400 && status < 500)
    ? new DetailFault(400, 'The path or the body cannot be read.')
    : undefined;
}
