import { Router } from 'express';

import type { EndpointStats } from '../routing/stats.ts';
import type { AdminDeps } from './deps.ts';
import { readingOf } from './reading.ts';

function isOut({ state }: EndpointStats): boolean {
  return state !== 'admitting';
}

/** `/health`, `/health/live`, `/health/ready`: open to every client, so they tell no more than load balancers need. */
export function healthRouter(deps: AdminDeps): Router {
  const { version, phase, models } = deps;
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/health', async (_request, response) => {
    const reading = await readingOf(deps);
    const { endpoints: byModel, redisConnected: redis, redisRefusal: refusal, workers } = reading;
    const all = [...byModel.values()].flat();
    const admitting = all.filter((endpoint) => !isOut(endpoint)).length;
    const governed = reading.governed && {
      database_connected: reading.governed.databaseConnected,
      limits_local: reading.governed.countsLocally,
    };
    const away = redis === false || refusal !== null || governed?.database_connected === false;
    const silent = workers !== undefined && workers.answered < workers.configured;
    const isDegraded = admitting < all.length || away || silent || governed?.limits_local === true;
    response.json({
      status: isDegraded ? 'degraded' : 'healthy',
      version,
      ...governed,
      redis_connected: redis,
      redis_refuses: refusal,
      models: models(),
      models_down: [...byModel].filter(([, list]) => list.every(isOut)).map(([name]) => name),
      endpoints: { total: all.length, admitting },
      ...(workers ? { workers } : {}),
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
