import { Router, type Request } from 'express';
import { optional, queryFlag, readMembers } from '../../wire/detail-rules.ts';
import { detailBody, detailErrors, unknownDetailRoute } from '../detail-routes.ts';
import { callerOf, identified } from './caller.ts';
import type { CredentialsRouterDeps } from './deps.ts';
import { credentialChange, idIn, keyToCheck, newCredential } from './request-rules.ts';

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** Everything below `/api/v1/users/me`: the credentials of the user whose virtual key the request carries. */
export function credentialsRouter(deps: CredentialsRouterDeps): Router {
  const router = Router();
  router.use(identified(deps));

  router.get('/llm-providers', (_request, response) => {
    response.json(deps.providers());
  });

  router.post('/llm-credentials/validate', detailBody, async (request, response) => {
    const key = keyToCheck(request.body, (word) => deps.canonical(word));
    const requestId = String(response.getHeader('x-request-id'));
    response.json(await deps.check({ ...callerOf(request), requestId }, key));
  });

  router.get('/llm-credentials', async (request, response) => {
    const { include_inactive } = readMembers(
      { include_inactive: optional(queryFlag(), false) },
      request.query,
      'query',
    );
    response.json(await deps.store().list(callerOf(request), { includeInactive: include_inactive }));
  });

  router.post('/llm-credentials', detailBody, async (request, response) => {
    const credential = newCredential(request.body, (word) => deps.canonical(word));
    response.json(await deps.store().create(callerOf(request), credential));
  });

  router.get('/llm-credentials/:id', async (request, response) => {
    const id = idOf(request);
    response.json(await deps.store().get(callerOf(request), id));
  });

  router.patch('/llm-credentials/:id', detailBody, async (request, response) => {
    const id = idOf(request);
    const change = credentialChange(request.body);
    response.json(await deps.store().update(callerOf(request), id, change));
  });

  router.put('/llm-credentials/:id/default', async (request, response) => {
    const id = idOf(request);
    response.json(await deps.store().setDefault(callerOf(request), id));
  });

  router.delete('/llm-credentials/:id', async (request, response) => {
    const id = idOf(request);
    await deps.store().remove(callerOf(request), id);
    response.json({ message: 'Credential deleted' });
  });

  router.use(unknownDetailRoute, detailErrors(deps));
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

function idOf({ params }: Request): string {
  const { id } = params;
  return idIn(typeof id === 'string' ? id : undefined);
}
