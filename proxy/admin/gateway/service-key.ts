import type { RequestHandler } from 'express';
import { DetailFault, unprocessable } from '../../core/detail-fault.ts';
import { sameText } from '../access.ts';
import type { GatewayRouterDeps } from './deps.ts';

const HEADER = 'x-service-key';

/** Lets services pass: before anything of the request is read. Without a configured key nothing is there. */
export function serviceKey(deps: Pick<GatewayRouterDeps, 'settings'>): RequestHandler {
  return (request, _response, next) => {
    const key = deps.settings()?.serviceKey;
    if (key === undefined) throw new DetailFault(404, 'Not Found');
    const given = request.headers[HEADER];
    if (given === undefined) throw unprocessable({ type: 'missing', loc: ['header', HEADER], msg: 'Field required' });
    if (typeof given !== 'string' || !sameText(given, key.reveal())) throw new DetailFault(401, 'Invalid service key');
    next();
  };
}
