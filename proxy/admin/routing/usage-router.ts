import { Router, type Request } from 'express';
import { jsonNumber, usdText, type NanoUsd } from '../../core/money.ts';
import type { LedgerRow, RowFilter } from '../../usage/ledger.ts';
import type { RequestReport } from '../../usage/request-report.ts';
import { optional, queryInteger, readMembers, type Rule } from '../../wire/detail-rules.ts';
import { line, LONGEST } from '../gateway/request-rules.ts';
import { callerOf, type RoutingCaller } from './caller.ts';
import type { RoutingRouterDeps } from './deps.ts';

/** Bounds of `limit`. */
export const USAGE_LIMIT = { min: 1, max: 1_000 } as const;
export const USAGE_DEFAULT_LIMIT = 100;

const ID = optional(idOrNothing(), undefined);
const FILTER = {
  virtual_key_id: ID,
  user_id: ID,
  team_id: ID,
  customer_id: ID,
  limit: optional(queryInteger(USAGE_LIMIT), USAGE_DEFAULT_LIMIT),
};

/** Requests as the ledger has them, the newest first: for administrators all, for a virtual key its own. */
export function usageRouter(deps: Pick<RoutingRouterDeps, 'usage'>): Router {
  const router = Router();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/routing/usage', async (request, response) => {
    const filter = filterOf(request);
    response.json(reportView(filter === undefined ? NOTHING : await deps.usage(filter)));
  });
  return router;
}

const NOTHING: RequestReport = {
  records: [],
  totals: { requests: 0n, cost: 0n, savedByRouting: 0n, savedByCache: 0n },
};

/** Undefined = no row can be the caller's. Throws DetailFault 422. */
function filterOf(request: Request): RowFilter | undefined {
  const { virtual_key_id, user_id, team_id, customer_id, limit } = readMembers(FILTER, request.query, 'query');
  const own = keyIdOf(callerOf(request));
  if (own !== undefined && virtual_key_id !== undefined && virtual_key_id !== own) return undefined;
  const virtualKeyId = own ?? virtual_key_id;
  return {
    ...(virtualKeyId === undefined ? {} : { virtualKeyId }),
    ...(user_id === undefined ? {} : { userId: user_id }),
    ...(team_id === undefined ? {} : { teamId: team_id }),
    ...(customer_id === undefined ? {} : { customerId: customer_id }),
    limit,
  };
}

function keyIdOf(caller: RoutingCaller): string | undefined {
  return caller.kind === 'key' ? caller.holder.key.id : undefined;
}

/** A parameter without a value says nothing. */
function idOrNothing(): Rule<string | undefined> {
  const id = line(LONGEST.id);
  return { read: (value) => (value === '' ? { value: undefined } : id.read(value)) };
}

function reportView({ records, totals }: RequestReport): object {
  return {
    records: records.map(recordView),
    totals: {
      requests: Number(totals.requests),
      cost_usd: usd(totals.cost),
      saved_by_routing_usd: usd(totals.savedByRouting),
      saved_by_cache_usd: usd(totals.savedByCache),
    },
  };
}

function recordView(row: LedgerRow): object {
  return {
    request_id: row.requestId,
    at: new Date(row.at).toISOString(),
    virtual_key_id: row.virtualKeyId,
    model_asked: row.modelAsked,
    model: row.model,
    provider: row.provider,
    complexity: row.complexity,
    tier: row.tier,
    task: row.task,
    input_tokens: row.inputTokens,
    cached_tokens: row.cachedTokens,
    output_tokens: row.outputTokens,
    cost_usd: usd(row.cost),
    saved_by_routing_usd: usd(row.savedByRouting ?? (row.tier === null ? 0n : null)),
    saved_by_cache_usd: usd(row.savedByCache ?? (row.cached ? null : 0n)),
    price_source: row.priceSource,
    credential: row.credential,
    cached: row.cached,
    status: row.status,
    latency_ms: row.latencyMs,
  };
}

/** All nine decimals; null = unknown. */
function usd(amount: NanoUsd | null): unknown {
  return amount === null ? null : jsonNumber(usdText(amount));
}
