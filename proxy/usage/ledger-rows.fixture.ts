import { newLedgerId, type LedgerRow } from './ledger.ts';

/** 1 June 2026, 12:00 UTC. */
export const NOON = Date.parse('2026-06-01T12:00:00Z');

export function ledgerRow(changes: Partial<LedgerRow> = {}): LedgerRow {
  const at = changes.at ?? NOON;
  return {
    id: newLedgerId(at),
    requestId: 'req_1',
    at,
    virtualKeyId: null,
    userId: null,
    teamId: null,
    customerId: null,
    userLabel: null,
    service: null,
    task: null,
    operation: 'chat.completions',
    endpoint: 'gpt-4o/mock-1',
    modelAsked: 'gpt-4o',
    model: 'gpt-4o',
    provider: 'openai',
    credential: 'system',
    complexity: null,
    tier: null,
    inputTokens: 10,
    cachedTokens: 2,
    outputTokens: 5,
    cost: 1_000n,
    savedByRouting: null,
    savedByCache: null,
    priceSource: 'bundled',
    usageSource: 'reported',
    cached: false,
    status: 200,
    errorCode: null,
    latencyMs: 12,
    attempts: [],
    ...changes,
  };
}
