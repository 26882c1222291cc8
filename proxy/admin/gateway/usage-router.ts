import { Router } from 'express';
import { jsonNumber, usdText, type NanoUsd } from '../../core/money.ts';
import type { GatewayGroup, GatewaySummary } from '../../usage/gateway-report.ts';
import { optional, queryInteger, readMembers } from '../../wire/detail-rules.ts';
import type { GatewayRouterDeps } from './deps.ts';

const DAY_MS = 86_400_000;
const DAYS = { days: optional(queryInteger({ min: 1, max: 365 }), 30) };
const CUSTOMERS = { ...DAYS, limit: optional(queryInteger({ min: 1, max: 500 }), 50) };
/** Services and providers are few; nothing is left out of a real list. */
const MOST_ROWS = 10_000;

/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit */

/** Reports of what services have used, of the last `days` times 24 hours. */
export function usageRouter(deps: GatewayRouterDeps): Router {
  const router = Router();
  const since = (days: number): number => deps.clock.now() - days * DAY_MS;

  router.get('/usage/summary', async ({ query }, response) => {
    const { days } = readMembers(DAYS, query, 'query');
    const reports = await deps.reports();
    response.json({ period_days: days, ...summaryView(await reports.summary(since(days))) });
  });

  router.get('/usage/by-provider', async ({ query }, response) => {
    const { days } = readMembers(DAYS, query, 'query');
    const reports = await deps.reports();
    const groups = await reports.groups('provider', since(days), MOST_ROWS);
    response.json(
      groups.map((group) => ({
        provider_name: group.name,
        ...costView(group),
        avg_latency_ms: Number(divided(group.latencyMs, group.requests)),
        total_tokens: Number(group.tokens),
      })),
    );
  });

  router.get('/usage/by-service', async ({ query }, response) => {
    const { days } = readMembers(DAYS, query, 'query');
    const reports = await deps.reports();
    const groups = await reports.groups('service', since(days), MOST_ROWS);
    response.json(
      groups.map((group) => ({
        service_name: group.name,
        ...costView(group),
        total_tokens: Number(group.tokens),
      })),
    );
  });

  router.get('/usage/by-customer', async ({ query }, response) => {
    const { days, limit } = readMembers(CUSTOMERS, query, 'query');
    const reports = await deps.reports();
    const groups = await reports.groups('customer', since(days), limit);
    response.json(groups.map((group) => ({ user_id: group.name, ...costView(group) })));
  });
  return router;
}
/* oxlint-enable oxc/no-async-endpoint-handlers */

function summaryView({ requests, cachedRequests, errors, tokens, spent, saved }: GatewaySummary): object {
  return {
    total_requests: Number(requests),
    total_cost_usd: usd(spent + saved),
    total_spent_usd: usd(spent),
    total_saved_usd: usd(saved),
    total_tokens: Number(tokens),
    cached_requests: Number(cachedRequests),
    error_requests: Number(errors),
    cache_hit_rate: requests === 0n ? 0 : Number(divided(cachedRequests * 1_000n, requests)) / 10,
  };
}

function costView({ requests, cost }: GatewayGroup): object {
  return { request_count: Number(requests), total_cost_usd: usd(cost) };
}

/** A ten-thousandth of a dollar, in nano-dollars. */
const STEP = 100_000n;

/** Four decimals, rounded once, half up. */
function usd(amount: NanoUsd): unknown {
  return jsonNumber(usdText(divided(amount, STEP) * STEP));
}

/** Whole, half up; nothing here is negative. */
function divided(value: bigint, by: bigint): bigint {
  return (value * 2n + by) / (by * 2n);
}
