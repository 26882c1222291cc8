import { Router } from 'express';

import type { EndpointStats } from '../routing/stats.ts';
import type { AdminDeps } from './deps.ts';

function isOut({ state }: EndpointStats): boolean {
  return state !== 'admitting';
}

/** `/health`, `/health/live`, `/health/ready`: open to every client, so they tell no more than load balancers need. */
export function healthRouter(deps: AdminDeps): Router {
  const { version, phase, models, endpoints, redisConnected, redisRefusal, governance } = deps;
  const router = Router();

  router.get('/health', (_request, response) => {
    const byModel = endpoints();
    const all = [...byModel.values()].flat();
    const admitting = all.filter((endpoint) => !isOut(endpoint)).length;
    const redis = redisConnected();
    const refusal = redisRefusal();
    const governed = governance && {
      database_connected: governance.databaseConnected(),
      limits_local: governance.countsLocally(),
    };
    const away = redis === false || refusal !== null || governed?.database_connected === false;
    response.json({
      status: admitting < all.length || away || governed?.limits_local === true ? 'degraded' : 'healthy',
      version,
      ...governed,
      redis_connected: redis,
      redis_refuses: refusal,
      models: models(),
      models_down: [...byModel].filter(([, list]) => list.every(isOut)).map(([name]) => name),
      endpoints: { total: all.length, admitting },
    });
  });

  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });

  router.get('/health/ready', (_request, response) => {
    const now = phase();
    response.status(now === 'ready' ? 200 : 503).json({ status: now });
  });

  return router;
}
