import { Router } from 'express';

import type { AdminDeps } from './deps.ts';

/** `/health`, `/health/live`, `/health/ready`: open to everybody, so they tell no more than load balancers need. */
export function healthRouter({ version, phase, models, endpoints, redisConnected, redisRefusal }: AdminDeps): Router {
  const router = Router();

  router.get('/health', (_request, response) => {
    const all = endpoints();
    const admitting = all.filter(({ state }) => state === 'admitting').length;
    const redis = redisConnected();
    const refusal = redisRefusal();
    response.json({
      status: admitting < all.length || redis === false || refusal !== null ? 'degraded' : 'healthy',
      version,
      redis_connected: redis,
      redis_refuses: refusal,
      models: models(),
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
