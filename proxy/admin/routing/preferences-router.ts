import { Router, type Request } from 'express';
import { DetailFault } from '../../core/detail-fault.ts';
import { NO_OWNER } from '../../governance/preferences/preference-store.ts';
import { detailBody } from '../detail-routes.ts';
import { administratorsOnly, callerOf } from './caller.ts';
import type { RoutingRouterDeps } from './deps.ts';
import { preferencesChange } from './preferences-rules.ts';

/** For the audit log. */
const ACTOR = 'administrator';
const PATH = '/routing/preferences/:id';

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** What virtual keys, users, teams and customers want of the model `auto`. A virtual key reads those of its own chain. */
export function preferencesRouter(deps: Pick<RoutingRouterDeps, 'preferences'>): Router {
  const router = Router();

  router.get(PATH, async (request, response) => {
    const id = idOf(request);
    const caller = callerOf(request);
    const isForeign = caller.kind === 'key' && !caller.holder.levels.some((level) => level.id === id);
    if (isForeign) throw new DetailFault(404, NO_OWNER);
    response.json(await deps.preferences().get(id));
  });

  router.put(PATH, administratorsOnly, detailBody, async (request, response) => {
    const id = idOf(request);
    const change = preferencesChange(request.body, id);
    response.json(await deps.preferences().update(id, change, ACTOR));
  });

  router.delete(PATH, administratorsOnly, async (request, response) => {
    await deps.preferences().remove(idOf(request), ACTOR);
    response.status(204).end();
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

function idOf({ params }: Request): string {
  const { id } = params;
  return typeof id === 'string' ? id : '';
}
