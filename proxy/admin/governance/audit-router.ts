import { Router, type Request } from 'express';
import type { JsonObject } from '../../core/json.ts';
import { AUDIT_ENTITIES, type AuditEntity } from '../../governance/audit-log.ts';
import { invalid } from '../../governance/fault.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { COUNT_PARAMETER, countParameter, textParameter } from './query.ts';

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

const [LIMIT, MAX_LIMIT] = [100, 1_000];

/** JSON Schema of `limit`. */
export const AUDIT_LIMIT: JsonObject = { ...COUNT_PARAMETER, maximum: MAX_LIMIT, default: LIMIT };

/** The names that `entity` takes. */
export const AUDIT_NAMES = Object.keys(AUDIT_ENTITIES) as readonly AuditEntity[];

/** The audit log: who has changed what. */
export function auditRouter(deps: Pick<GovernanceRouterDeps, 'store'>): Router {
  const router = Router();
  router.get('/audit', async (request, response) => {
    const limit = countParameter(request, 'limit') ?? LIMIT;
    if (limit > MAX_LIMIT) throw invalid(`limit must be at most ${MAX_LIMIT}.`);
    const answer = await deps.store().audit({
      entity: entityIn(request),
      entityId: textParameter(request, 'entity_id'),
      userId: textParameter(request, 'user_id'),
      limit,
      offset: countParameter(request, 'offset') ?? 0,
    });
    response.json(answer);
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

function entityIn(request: Request): AuditEntity | undefined {
  const name = textParameter(request, 'entity');
  if (name === undefined) return undefined;
  const entity = AUDIT_NAMES.find((known) => known === name);
  if (entity === undefined) throw invalid(`entity must be one of ${AUDIT_NAMES.join(', ')}.`);
  return entity;
}
