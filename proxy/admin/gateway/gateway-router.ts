import { Router } from 'express';
import { detailErrors, unknownDetailRoute } from '../detail-routes.ts';
import type { GatewayRouterDeps } from './deps.ts';
import { overridesRouter, providersRouter } from './providers-router.ts';
import { serviceKey } from './service-key.ts';
import { usageRouter } from './usage-router.ts';

const GUARDED = ['/providers', '/overrides', '/usage'];

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** The routes of the gateway below `/api/v1`, without `generate`, which is a pipeline's. What it does not know goes on. */
export function gatewayRouter(deps: GatewayRouterDeps): Router {
  const router = Router();

  router.use(healthRouter(deps));
  router.use(GUARDED, serviceKey(deps));
  router.use(providersRouter(deps), overridesRouter(deps), usageRouter(deps));
  router.use(GUARDED, unknownDetailRoute);
  router.use(detailErrors(deps));
  return router;
}

/** Open to everyone, and always 200: what it says stands in the body. It is there where the configuration has `gateway`. */
function healthRouter(deps: GatewayRouterDeps): Router {
  const router = Router();
  router.use('/health', (_request, _response, next) => {
    next(deps.settings() === undefined ? 'router' : undefined);
  });

  router.get('/health', async (_request, response) => {
    const isConnected = (await deps.databaseTrouble().catch(() => 'unknown')) === undefined;
    response.json({
      status: isConnected ? 'healthy' : 'degraded',
      service: 'llm-gateway',
      database: isConnected ? 'connected' : 'disconnected',
    });
  });

  router.get('/health/providers', (_request, response) => {
    const providers = deps.directory().providers();
    response.json({
      providers: providers.map(({ name, displayName, isEnabled, models }) => ({
        name,
        display_name: displayName,
        is_enabled: isEnabled,
        models_count: models.length,
      })),
    });
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

/** Behind all routers below `/api/v1`. */
export function lastDetailRouter(deps: Pick<GatewayRouterDeps, 'fault'>): Router {
  return Router().use(unknownDetailRoute, detailErrors(deps));
}
