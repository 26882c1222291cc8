import express from 'express';
import type { Express, RequestHandler, Router } from 'express';

import { newRequestId } from '../core/ids.ts';
import { assertAccess } from './access.ts';
import type { Dashboard } from './dashboard/mount.ts';
import { cacheRouter } from './cache-router.ts';
import type { AdminDeps } from './deps.ts';
import { errorExit, unknownUrl } from './error-exit.ts';
import { healthRouter } from './health-router.ts';
import { indexRouter } from './index-router.ts';
import { openApiRouter } from './openapi/openapi-router.ts';
import { statsRouter } from './stats-router.ts';

const stamp: RequestHandler = (_request, response, next) => {
  if (!response.hasHeader('x-request-id')) response.set('x-request-id', newRequestId());
  response.set('cache-control', 'no-store');
  next();
};

/** Routes with a guard and errors of their own, below `path`. */
export interface Mounted {
  readonly path: string;
  readonly routes: (guard: RequestHandler) => Router;
}

/** The Express application of the control plane. Everything below the guard needs the right to operate the proxy. */
export function createApplication(deps: AdminDeps, mounted: readonly Mounted[] = [], dashboard?: Dashboard): Express {
  const guard: RequestHandler = (request, _response, next) => {
    assertAccess(request.headers, deps.auth(), { host: deps.host, keys: deps.governance !== undefined });
    next();
  };
  const application = express();
  application.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  if (dashboard) application.use(stamp, dashboard.session).use('/admin', dashboard.page);
  application.use(stamp, healthRouter(deps), openApiRouter(deps));
  for (const { path, routes } of mounted) application.use(path, routes(guard));
  application.use(guard);
  application.use(indexRouter(deps), statsRouter(deps), cacheRouter(deps));
  application.use(unknownUrl, errorExit(deps));
  return application;
}
