import { expect, test } from 'vitest';
import type { GatewayReports } from './gateway-report.ts';
import type { LedgerRow, LedgerStore } from './ledger.ts';
import { ledgerRow, NOON } from './ledger-rows.fixture.ts';

interface Made {
  readonly ledger: Pick<LedgerStore, 'insert' | 'usage'>;
  readonly reports: GatewayReports;
}

function served(changes: Partial<LedgerRow> = {}): LedgerRow {
  return ledgerRow({ service: 'chat', userLabel: 'u1', provider: 'openai', ...changes });
}

/** What reports of the gateway are to be, on every database. */
export function gatewayReportConformance(empty: () => Promise<Made>): void {
  test('the summary tells what was spent from what the cache has saved', async () => {
    const { ledger, reports } = await empty();
    await ledger.insert([
      served({ cost: 1_000n }),
      served({ cost: 0n, savedByCache: 1_000n, cached: true }),
      served({ cost: null, status: 502, inputTokens: 0, outputTokens: 0 }),
    ]);
    expect(await reports.summary(NOON)).toEqual({
      requests: 3n,
      cachedRequests: 1n,
      errors: 1n,
      tokens: 30n,
      spent: 1_000n,
      saved: 1_000n,
    });
  });

  test('rows of other callers, older ones and refusals are left out', async () => {
    const { ledger, reports } = await empty();
    const refused = [401, 402, 403, 429, 503].map((status) => served({ status }));
    await ledger.insert([ledgerRow(), served({ at: NOON - 1 }), ...refused, served({ status: 400 }), served()]);
    expect(await reports.summary(NOON)).toMatchObject({ requests: 2n, errors: 1n });
    for (const by of ['provider', 'service', 'customer'] as const) {
      expect((await reports.groups(by, NOON, 10)).map(({ requests }) => requests)).toEqual([2n]);
    }
  });

  test('without rows everything is nothing', async () => {
    const { reports } = await empty();
    const none = { requests: 0n, cachedRequests: 0n, errors: 0n, tokens: 0n, spent: 0n, saved: 0n };
    expect(await reports.summary(0)).toEqual(none);
    expect(await reports.groups('customer', 0, 10)).toEqual([]);
  });

  test('groups come by what their answers had cost, exactly, then by name', async () => {
    const { ledger, reports } = await empty();
    const dollar = 1_000_000_000n;
    await ledger.insert([
      served({ userLabel: 'b', cost: 1n }),
      served({ userLabel: 'a', cost: 1n }),
      served({ userLabel: 'B', cost: 1n }),
      served({ userLabel: 'rich', cost: dollar - 1n }),
      served({ userLabel: 'rich', cost: 2n }),
      served({ userLabel: 'saver', cost: 0n, savedByCache: dollar, cached: true, latencyMs: 1 }),
      served({ userLabel: null, userId: 'known', cost: null }),
      served({ userLabel: null, cost: 7n }),
    ]);
    const groups = await reports.groups('customer', 0, 10);
    expect(groups.map(({ name }) => name)).toEqual(['rich', 'saver', 'B', 'a', 'b', 'known']);
    expect(groups[1]).toEqual({ name: 'saver', requests: 1n, tokens: 15n, cost: dollar, latencyMs: 1n });
    expect((await reports.groups('customer', 0, 2)).map(({ name }) => name)).toEqual(['rich', 'saver']);
  });

  sumsConformance(empty);
}

function sumsConformance(empty: () => Promise<Made>): void {
  test('a provider is called by the word of the gateway', async () => {
    const { ledger, reports } = await empty();
    await ledger.insert([
      served({ provider: 'anthropic', latencyMs: 10 }),
      served({ provider: 'claude', latencyMs: 20 }),
      served({ provider: null }),
    ]);
    expect(await reports.groups('provider', 0, 10)).toEqual([
      { name: 'claude', requests: 2n, tokens: 30n, cost: 2_000n, latencyMs: 30n },
    ]);
  });

  test('sums are exact beyond eight bytes', async () => {
    const { ledger, reports } = await empty();
    const most = 2n ** 63n - 1n;
    await ledger.insert([1, 2, 3].map(() => served({ cost: most, savedByCache: most })));
    expect(await reports.summary(0)).toMatchObject({ spent: 3n * most, saved: 3n * most });
    expect((await reports.groups('service', 0, 1))[0]?.cost).toBe(6n * most);
  });

  test('the report of the control plane has the same rows: its cost is what was spent, beside what was saved', async () => {
    const { ledger, reports } = await empty();
    await ledger.insert([served({ cost: 5n }), served({ cost: 0n, savedByCache: 5n, cached: true }), served()]);
    const all = { groupBy: [], from: NOON, to: NOON + 1, days: [], limit: 1, offset: 0 };
    const { totals } = await ledger.usage(all);
    const summary = await reports.summary(NOON);
    expect([summary.requests, summary.spent, summary.saved, summary.cachedRequests]).toEqual([
      totals.requests,
      totals.cost,
      totals.savedByCache,
      totals.cachedRequests,
    ]);
    expect(summary.tokens).toBe(totals.inputTokens + totals.outputTokens);
  });
}
