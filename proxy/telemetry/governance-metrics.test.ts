import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { registerGovernance, type GovernanceReading } from './governance-metrics.ts';

test('each scrape reads the counts of the moment', async () => {
  const registry = new Registry();
  let reading: GovernanceReading = {
    refused: { budget_exceeded: 2 },
    unpriced: { no_price: 1 },
    impossibleUsage: 3,
    unreadMessages: 0,
    ledger: { waiting: 4, written: 5, dropped: 6 },
    keys: 7,
    databaseUp: true,
    countsLocally: false,
    webhooksLost: 8,
  };
  registerGovernance(registry, () => reading);
  const text = await registry.metrics();
  for (const line of [
    'llmproxy_governance_refused_total{code="budget_exceeded"} 2',
    'llmproxy_unpriced_requests_total{reason="no_price"} 1',
    'llmproxy_impossible_usage_total 3',
    'llmproxy_ledger_rows_written_total 5',
    'llmproxy_ledger_rows_dropped_total 6',
    'llmproxy_ledger_rows_waiting 4',
    'llmproxy_virtual_keys_active 7',
    'llmproxy_database_up 1',
    'llmproxy_limits_local 0',
    'llmproxy_webhooks_lost_total 8',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  reading = { ...reading, refused: { budget_exceeded: 3, model_blocked: 1 }, databaseUp: false, countsLocally: true };
  const later = await registry.metrics();
  expect(later).toContain('llmproxy_governance_refused_total{code="budget_exceeded"} 3\n');
  expect(later).toContain('llmproxy_governance_refused_total{code="model_blocked"} 1\n');
  expect(later).toContain('llmproxy_database_up 0\n');
  expect(later).toContain('llmproxy_limits_local 1\n');
});
