import { Router, type Request } from 'express';
import { parsePeriod } from '../../core/period.ts';
import { invalid } from '../../governance/fault.ts';
import { memberOf, objectOf, type Body } from '../../governance/fields.ts';
import type { EntityKind } from '../../governance/patches.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { countParameter, textParameter } from './query.ts';

interface Resource {
  readonly kind: EntityKind;
  readonly path: string;
  /** Members of answers. */
  readonly singular: string;
  readonly plural: string;
  readonly word: string;
  /** Query parameters that name what the entities of a list hang on. */
  readonly filters: readonly string[];
}

const RESOURCES: readonly Resource[] = [
  {
    kind: 'virtual_key',
    path: '/virtual-keys',
    singular: 'virtual_key',
    plural: 'virtual_keys',
    word: 'Virtual key',
    filters: ['team_id', 'customer_id', 'user_id'],
  },
  { kind: 'team', path: '/teams', singular: 'team', plural: 'teams', word: 'Team', filters: ['customer_id'] },
  { kind: 'customer', path: '/customers', singular: 'customer', plural: 'customers', word: 'Customer', filters: [] },
  {
    kind: 'user',
    path: '/users',
    singular: 'user',
    plural: 'users',
    word: 'User',
    filters: ['team_id', 'customer_id'],
  },
];

const MAX_GRACE_MS = 365 * 86_400_000;

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
    const grace = graceOf(bodyOf(request));
    const virtual_key = await deps.store().rotate(request.params.id, grace, deps.actor(request));
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

/** How long the old value goes on, in milliseconds. Zero, the default, may be written as a number or with a unit. */
function graceOf(body: Body): number {
  const grace = memberOf(body, 'grace') ?? 0;
  if (grace === 0 || (typeof grace === 'string' && /^0+(?:ns|us|µs|ms|[smhdwMY])?$/.test(grace))) return 0;
  const ms = typeof grace === 'string' ? parsePeriod(grace) : undefined;
  if (ms === undefined || ms > MAX_GRACE_MS) {
    throw invalid('grace must be a duration of at most a year, such as 1h or 7d, or 0.');
  }
  return ms;
}
