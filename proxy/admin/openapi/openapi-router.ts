import { Router } from 'express';
import type { AdminDeps } from '../deps.ts';

/** `GET /openapi.json`: open to every client, because it says nothing that the documentation of this version does not. */
export function openApiRouter({ version, budgetUnit }: AdminDeps): Router {
  const router = Router();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/openapi.json', async (_request, response) => {
    // Loaded here: it takes the rules of governance along, which a proxy without keys does not need.
    const { openApiDocument } = await import('./document.ts');
    response.json(openApiDocument({ version, unit: budgetUnit?.() ?? 'cents' }));
  });
  return router;
}
