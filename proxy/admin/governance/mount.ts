import { Router, type RequestHandler } from 'express';
import { ProxyError } from '../../core/errors.ts';
import { usageRouter, type UsageRouterDeps } from '../usage/usage-router.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { governanceErrors } from './error-exit.ts';
import { governanceRouter } from './router.ts';

/** Everything below `/api/governance`, behind `guard`, which throws what refuses the caller. Its errors have one form. */
export function governanceRoutes(deps: GovernanceRouterDeps & UsageRouterDeps, guard: RequestHandler): Router {
  const router = Router();
  router.use(guarded(guard), usageRouter(deps), governanceRouter(deps), governanceErrors(deps));
  return router;
}

/** The guard, with its refusal in the form of these routes. */
function guarded(guard: RequestHandler): RequestHandler {
  return (request, response, next) => {
    try {
      void guard(request, response, next);
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      response.status(error.status).set(error.headers).json({ error: error.message });
    }
  };
}
