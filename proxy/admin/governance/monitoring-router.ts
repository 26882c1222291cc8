import { Router } from 'express';
import type { Json, JsonObject } from '../../core/json.ts';
import type { KeyUsage } from '../../governance/counters.ts';
import { readMembers } from '../../governance/rules.ts';
import type { GovernanceRouterDeps } from './deps.ts';
import { bodyOf } from './entity-router.ts';
import { textParameter } from './query.ts';
import { USAGE_RESET } from './request-members.ts';

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** Usage of keys, its reset, and diagnosis. */
export function monitoringRouter(deps: GovernanceRouterDeps): Router {
  const router = Router();
  const timestamp = (): string => new Date(deps.clock.now()).toISOString();

  router.get('/usage-stats', async (request, response) => {
    const id = textParameter(request, 'virtual_key_id');
    if (id === undefined) {
      const usage = await deps.counters.usage();
      response.json({ usage_stats: usage.map(statsView) });
      return;
    }
    const { created_at: createdAt = null } = await deps.store().get('virtual_key', id);
    const usage = await deps.counters.usage([id]);
    const usage_stats = usage.length > 0 ? usage.map(statsView) : [unused(id, createdAt)];
    response.json({ virtual_key_id: id, usage_stats });
  });

  router.post('/usage-reset', async (request, response) => {
    const { virtual_key_id: id, ...of } = readMembers(bodyOf(request), USAGE_RESET, true);
    if (typeof id !== 'string') throw new Error('a required member is missing');
    const named = Object.fromEntries(Object.entries(of).filter(([, name]) => name !== null));
    await deps.store().resetUsage(id, named, deps.actor(request));
    response.json({ message: 'Usage reset successfully.' });
  });

  router.get('/debug/stats', async (_request, response) => {
    const counts = await deps.store().counts();
    const usage = await deps.counters.usage();
    response.json({
      plugin_stats: deps.stats(),
      database_stats: { ...counts, usage_tracking_count: usage.length },
      timestamp: timestamp(),
    });
  });

  router.get('/debug/counters', async (_request, response) => {
    const counters = await deps.counters.dump();
    response.json({ counters, count: counters.length, timestamp: timestamp() });
  });

  router.get('/debug/health', async (_request, response) => {
    const checks = {
      database: checkView(await deps.databaseTrouble()),
      counters: checkView(await deps.counters.trouble().catch(() => 'The counters cannot be asked.')),
    };
    const isHealthy = Object.values(checks).every(({ status }) => status === 'healthy');
    const status = isHealthy ? 'healthy' : 'unhealthy';
    response.status(isHealthy ? 200 : 503).json({ status, timestamp: timestamp(), checks });
  });

  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

function checkView(trouble: string | undefined): { status: string; error?: string } {
  return trouble === undefined ? { status: 'healthy' } : { status: 'unhealthy', error: trouble };
}

function statsView({ keyId, provider, model, ...usage }: KeyUsage): JsonObject {
  return {
    virtual_key_id: keyId,
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    tokens_current_usage: usage.tokens,
    requests_current_usage: usage.requests,
    tokens_last_reset: new Date(usage.tokensLastReset).toISOString(),
    requests_last_reset: new Date(usage.requestsLastReset).toISOString(),
  };
}

/** The windows of a key that was never used began with it. */
function unused(id: string, createdAt: Json): JsonObject {
  return {
    virtual_key_id: id,
    tokens_current_usage: 0,
    requests_current_usage: 0,
    tokens_last_reset: createdAt,
    requests_last_reset: createdAt,
  };
}
