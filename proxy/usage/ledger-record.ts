import { NANO_PER_USD } from '../core/money.ts';
import type { LedgerTable } from '../database/ledger-table.ts';
import type { LedgerAttempt, LedgerRow, UsageSums } from './ledger.ts';

/** Sums as the database writes them, decimal whole numbers; money as whole dollars and the nano-dollars beside them. */
export type SumTexts = Readonly<
  Record<
    | 'requests'
    | 'cached_requests'
    | 'errors'
    | 'input_tokens'
    | 'cached_tokens'
    | 'output_tokens'
    | 'unpriced_requests'
    | `${'cost' | 'saved_by_cache' | 'saved_by_routing'}_${'usd' | 'nano'}`,
    string
  >
>;

export function sumsOf(texts: SumTexts): UsageSums {
  const money = (name: 'cost' | 'saved_by_cache' | 'saved_by_routing'): bigint =>
    BigInt(texts[`${name}_usd`]) * NANO_PER_USD + BigInt(texts[`${name}_nano`]);
  return {
    requests: BigInt(texts.requests),
    cachedRequests: BigInt(texts.cached_requests),
    errors: BigInt(texts.errors),
    inputTokens: BigInt(texts.input_tokens),
    cachedTokens: BigInt(texts.cached_tokens),
    outputTokens: BigInt(texts.output_tokens),
    cost: money('cost'),
    savedByCache: money('saved_by_cache'),
    savedByRouting: money('saved_by_routing'),
    unpricedRequests: BigInt(texts.unpriced_requests),
  };
}

const MOST_CHARACTERS = 512;

/** Text of a client: bounded, and without what Postgres keeps in no text. */
function cleaned<T extends string | null>(text: T): T {
  return (text === null ? null : text.slice(0, MOST_CHARACTERS).replaceAll('\0', '\uFFFD')) as T;
}

export function tableRow(row: LedgerRow): LedgerTable {
  return {
    id: row.id,
    request_id: cleaned(row.requestId),
    at: BigInt(row.at),
    virtual_key_id: row.virtualKeyId,
    user_id: row.userId,
    team_id: row.teamId,
    customer_id: row.customerId,
    user_label: cleaned(row.userLabel),
    service: cleaned(row.service),
    task: cleaned(row.task),
    operation: row.operation,
    endpoint: row.endpoint,
    model_asked: cleaned(row.modelAsked),
    model: cleaned(row.model),
    provider: row.provider,
    credential: row.credential,
    complexity: row.complexity,
    tier: row.tier,
    input_tokens: BigInt(row.inputTokens),
    cached_tokens: BigInt(row.cachedTokens),
    output_tokens: BigInt(row.outputTokens),
    cost: row.cost,
    saved_by_routing: row.savedByRouting,
    saved_by_cache: row.savedByCache,
    price_source: row.priceSource,
    usage_source: row.usageSource,
    cached: row.cached,
    status: row.status,
    error_code: row.errorCode,
    latency_ms: BigInt(Math.round(row.latencyMs)),
    attempts: JSON.stringify(row.attempts.map((attempt) => ({ ...attempt, cost: attempt.cost?.toString() ?? null }))),
  };
}

export function rowOf(row: LedgerTable): LedgerRow {
  return {
    id: row.id,
    requestId: row.request_id,
    at: Number(row.at),
    virtualKeyId: row.virtual_key_id,
    userId: row.user_id,
    teamId: row.team_id,
    customerId: row.customer_id,
    userLabel: row.user_label,
    service: row.service,
    task: row.task,
    operation: row.operation,
    endpoint: row.endpoint,
    modelAsked: row.model_asked,
    model: row.model,
    provider: row.provider,
    credential: row.credential,
    complexity: row.complexity,
    tier: row.tier,
    inputTokens: Number(row.input_tokens),
    cachedTokens: Number(row.cached_tokens),
    outputTokens: Number(row.output_tokens),
    cost: row.cost,
    savedByRouting: row.saved_by_routing,
    savedByCache: row.saved_by_cache,
    priceSource: row.price_source as LedgerRow['priceSource'],
    usageSource: row.usage_source as LedgerRow['usageSource'],
    cached: row.cached,
    status: row.status,
    errorCode: row.error_code,
    latencyMs: Number(row.latency_ms),
    attempts: (JSON.parse(row.attempts) as StoredAttempt[]).map(attemptOf),
  };
}

type StoredAttempt = Omit<LedgerAttempt, 'cost'> & { readonly cost: string | null };

function attemptOf(attempt: StoredAttempt): LedgerAttempt {
  return { ...attempt, cost: attempt.cost === null ? null : BigInt(attempt.cost) };
}
