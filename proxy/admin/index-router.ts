import { Router } from 'express';

import type { AdminDeps } from './deps.ts';

/** `/`: what this is, and where things are. */
export function indexRouter({ version, models }: AdminDeps): Router {
  const router = Router();

  router.get('/', (_request, response) => {
    response.json({
      name: 'llmproxy',
      version,
      openai_base_url: '/v1',
      models: models(),
      routes: ['/health', '/health/live', '/health/ready', '/stats', '/metrics', 'DELETE /cache', '/openapi.json'],
    });
  });

  return router;
}
