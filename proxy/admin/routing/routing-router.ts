import { Router } from 'express';
import { detailErrors, unknownDetailRoute } from '../detail-routes.ts';
import { identified } from './caller.ts';
import type { AccessOf, RoutingRouterDeps } from './deps.ts';
import { preferencesRouter } from './preferences-router.ts';
import { usageRouter } from './usage-router.ts';

const BELOW = ['/routing', '/pricing'];

/** The routes of automatic routing below `/api/v1`. What it does not know goes on. */
export function routingRouter(deps: RoutingRouterDeps, accessOf: AccessOf): Router {
  const router = Router();
  router.use(BELOW, identified(deps, accessOf));
  router.use(preferencesRouter(deps), usageRouter(deps));
  router.use(BELOW, unknownDetailRoute);
  router.use(detailErrors(deps));
  return router;
}
