import { Router } from 'express';

import { detailErrors, unknownDetailRoute } from '../detail-routes.ts';
import type { KeyDirectoryDeps } from '../given-key.ts';
import { identified } from './caller.ts';
import type { AccessOf } from './deps.ts';
import { explainRouter } from './explain-router.ts';
import { pricingRouter, type PricingRouterDeps } from './pricing-router.ts';
import { rankingRouter, type RankingRouterDeps } from './ranking-router.ts';

/** What the routes stand on that need no database. */
export interface AutoRouterDeps extends KeyDirectoryDeps, PricingRouterDeps, RankingRouterDeps {
  runtime: RankingRouterDeps['runtime'];
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}

/** Below these every route is one of this router. */
const WHOLE = ['/pricing'];
const BELOW = [...WHOLE, '/routing/explain', '/routing/ranking', '/routing/tiers'];

/** Prices of the configured models, and what the model `auto` would do. What it does not know goes on. */
export function autoRouter(deps: AutoRouterDeps, accessOf: AccessOf): Router {
  const router = Router();
  router.use(BELOW, identified(deps, accessOf));
  router.use(pricingRouter(deps), explainRouter(deps), rankingRouter(deps));
  router.use(WHOLE, unknownDetailRoute);
  router.use(detailErrors(deps));
  return router;
}
