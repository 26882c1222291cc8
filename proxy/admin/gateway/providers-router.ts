import { Router } from 'express';
import { optional, readMembers } from '../../wire/detail-rules.ts';
import { detailBody } from '../detail-routes.ts';
import type { GatewayRouterDeps } from './deps.ts';
import { assertKeyStays, idIn, line, LONGEST, newOverride, newProvider, providerChange } from './request-rules.ts';

/** For the audit log: all services share one key. */
const ACTOR = 'service';

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** Stored providers of `/api/v1/generate`. */
export function providersRouter(deps: GatewayRouterDeps): Router {
  const router = Router();

  router.get('/providers', async (_request, response) => {
    response.json(await deps.providers().list());
  });

  router.post('/providers', detailBody, async (request, response) => {
    const provider = newProvider(request.body);
    response.status(201).json(await deps.providers().create(provider, ACTOR));
  });

  router.get('/providers/:id', async ({ params }, response) => {
    const id = idIn(params, 'provider_id');
    response.json(await deps.providers().get(id));
  });

  router.patch('/providers/:id', detailBody, async (request, response) => {
    const id = idIn(request.params, 'provider_id');
    const change = providerChange(request.body);
    const permit = (stored: Parameters<typeof assertKeyStays>[0]): void => assertKeyStays(stored, change, deps.host);
    response.json(await deps.providers().update(id, change, ACTOR, permit));
  });

  router.delete('/providers/:id', async ({ params }, response) => {
    const id = idIn(params, 'provider_id');
    await deps.providers().remove(id, ACTOR);
    response.status(204).end();
  });

  router.post('/providers/:id/test', async ({ params }, response) => {
    const id = idIn(params, 'provider_id');
    const { success, error } = await deps.tryProvider(id);
    response.json({ success, error });
  });
  return router;
}

/** Which provider and model the requests of a user go to. */
export function overridesRouter(deps: GatewayRouterDeps): Router {
  const router = Router();

  router.get('/overrides', async (request, response) => {
    const { user_id: userId } = readMembers({ user_id: optional(line(LONGEST.id), undefined) }, request.query, 'query');
    response.json(await deps.overrides().list(userId));
  });

  router.post('/overrides', detailBody, async (request, response) => {
    const override = newOverride(request.body, deps.configuredNames());
    response.status(201).json(await deps.overrides().create(override, ACTOR));
  });

  router.delete('/overrides/:id', async ({ params }, response) => {
    const id = idIn(params, 'override_id');
    await deps.overrides().remove(id, ACTOR);
    response.status(204).end();
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */
