import { Router, type Request } from 'express';
import { objectOf, type Body } from '../../governance/fields.ts';
import { readMembers } from '../../governance/rules.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { countParameter, textParameter } from './query.ts';
import { ROTATION } from './request-members.ts';
import { RESOURCES, type Resource } from './resources.ts';

/** No body at all is read as an object without members. */
export function bodyOf(request: Request): Body {
  const body: unknown = request.body;
  return body === undefined ? {} : objectOf(body, 'The body');
}

/** List, create, read, change and delete, alike for every kind of entity; and the rotation of keys. */
export function entityRouter(deps: GovernanceRouterDeps): Router {
  const router = Router();
  for (const resource of RESOURCES) addRoutes(router, resource, deps);
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/virtual-keys/:id/rotate', async (request, response) => {
    const { grace } = readMembers(bodyOf(request), ROTATION, true);
    const virtual_key = await deps.store().rotate(request.params.id, grace ?? 0, deps.actor(request));
    response.json({ message: 'Virtual key rotated successfully.', virtual_key });
  });
  return router;
}

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */
function addRoutes(
  router: Router,
  { kind, path, singular, plural, word, filters }: Resource,
  deps: GovernanceRouterDeps,
): void {
  router
    .route(path)
    .get(async (request, response) => {
      const where = filters.flatMap((name) => {
        const value = textParameter(request, name);
        return value === undefined ? [] : [[name, value] as const];
      });
      const { entities, count } = await deps.store().list(kind, {
        limit: countParameter(request, 'limit'),
        offset: countParameter(request, 'offset'),
        search: textParameter(request, 'search'),
        where: Object.fromEntries(where),
      });
      response.json({ [plural]: entities, count });
    })
    .post(async (request, response) => {
      const entity = await deps.store().create(kind, bodyOf(request), deps.actor(request));
      response.status(201).json({ message: `${word} created successfully.`, [singular]: entity });
    });
  router
    .route(`${path}/:id`)
    .get(async (request, response) => {
      response.json({ [singular]: await deps.store().get(kind, request.params.id) });
    })
    .put(async (request, response) => {
      const entity = await deps.store().update(kind, request.params.id, bodyOf(request), deps.actor(request));
      response.json({ message: `${word} updated successfully.`, [singular]: entity });
    })
    .delete(async (request, response) => {
      await deps.store().remove(kind, request.params.id, deps.actor(request));
      response.json({ message: `${word} deleted successfully.` });
    });
}
/* oxlint-enable oxc/no-async-endpoint-handlers */
