import { json, Router, type RequestHandler } from 'express';
import { exactIntegers } from '../../governance/amounts.ts';
import { auditRouter } from './audit-router.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { entityRouter } from './entity-router.ts';
import { governanceErrors, unknownRoute } from './error-exit.ts';
import { monitoringRouter } from './monitoring-router.ts';

/** Room for the longest lists that a key may have. */
const BODY_LIMIT = '4mb';

const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

/**
 * Everything below `/api/governance`, to be mounted there behind the guard of administration. Its errors are its own:
 * nothing leaves it but an answer.
 */
export function governanceRouter(deps: GovernanceRouterDeps): Router {
  const router = Router();
  router.use(noStore, json({ limit: BODY_LIMIT, type: () => true, reviver: exactIntegers }));
  router.use(entityRouter(deps), monitoringRouter(deps), auditRouter(deps));
  router.use(unknownRoute, governanceErrors(deps));
  return router;
}
