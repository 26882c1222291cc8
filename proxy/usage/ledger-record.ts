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

/** Text of a client: bounded, well-formed, and without what Postgres keeps in no text. */
function cleaned<T extends string | null>(text: T): T {
  if (text === null) return text;
  const bounded: string = text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text;
  const plain = bounded.includes('\0') ? bounded.replaceAll('\0', '\uFFFD') : bounded;
  return (plain.isWellFormed() ? plain : plain.toWellFormed()) as T;
}

/** A value of one column of a row that is written. */
export type CellValue = string | number | bigint | boolean | null;

type Cell = readonly [column: keyof LedgerTable, read: (row: LedgerRow) => CellValue];

/** Columns with what is written to them; whole numbers of JavaScript are written as they are. */
export const CELLS: readonly Cell[] = [
  ['id', (row) => row.id],
  ['request_id', (row) => cleaned(row.requestId)],
  ['at', (row) => row.at],
  ['virtual_key_id', (row) => row.virtualKeyId],
  ['user_id', (row) => row.userId],
  ['team_id', (row) => row.teamId],
  ['customer_id', (row) => row.customerId],
  ['user_label', (row) => cleaned(row.userLabel)],
  ['service', (row) => cleaned(row.service)],
  ['task', (row) => cleaned(row.task)],
  ['operation', (row) => row.operation],
  ['endpoint', (row) => row.endpoint],
  ['model_asked', (row) => cleaned(row.modelAsked)],
  ['model', (row) => cleaned(row.model)],
  ['provider', (row) => row.provider],
  ['credential', (row) => row.credential],
  ['complexity', (row) => row.complexity],
  ['tier', (row) => row.tier],
  ['input_tokens', (row) => row.inputTokens],
  ['cached_tokens', (row) => row.cachedTokens],
  ['output_tokens', (row) => row.outputTokens],
  ['cost', (row) => row.cost],
  ['saved_by_routing', (row) => row.savedByRouting],
  ['saved_by_cache', (row) => row.savedByCache],
  ['price_source', (row) => row.priceSource],
  ['usage_source', (row) => row.usageSource],
  ['cached', (row) => row.cached],
  ['status', (row) => row.status],
  ['error_code', (row) => row.errorCode],
  ['latency_ms', (row) => Math.round(row.latencyMs)],
  ['attempts', (row) => attemptsText(row.attempts)],
  ['prompt_preview', (row) => cleaned(row.promptPreview ?? null)],
];

function attemptsText(attempts: LedgerRow['attempts']): string {
  return attempts.length === 0 ? '[]' : JSON.stringify(attempts, costAsText);
}

function costAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
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
    ...(row.prompt_preview === null ? {} : { promptPreview: row.prompt_preview }),
  };
}

type StoredAttempt = Omit<LedgerAttempt, 'cost'> & { readonly cost: string | null };

function attemptOf(attempt: StoredAttempt): LedgerAttempt {
  return { ...attempt, cost: attempt.cost === null ? null : BigInt(attempt.cost) };
}
