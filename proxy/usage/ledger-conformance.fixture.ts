import fc from 'fast-check';
import { expect, test } from 'vitest';

import { calendarOf } from './days.ts';
import { ledgerRow, NOON } from './ledger-rows.fixture.ts';
import {
  GROUP_COLUMNS,
  type GroupColumn,
  type LedgerRow,
  type LedgerStore,
  type RowOwner,
  type UsageQuery,
} from './ledger.ts';
import { MemoryLedger } from './memory-ledger.fixture.ts';

const HOUR = 3_600_000;

function query(changes: Partial<UsageQuery> = {}): UsageQuery {
  return { groupBy: [], from: NOON - HOUR, to: NOON + HOUR, days: [], limit: 1_000, offset: 0, ...changes };
}

/** What every ledger does. `empty` gives one without rows. */
export function ledgerConformance(empty: () => Promise<LedgerStore>): void {
  rowsConformance(empty);
  sizesConformance(empty);
  sumsConformance(empty);
  modelConformance(empty);
}

/** What a ledger in a database does besides. */
export function textConformance(empty: () => Promise<LedgerStore>): void {
  test('text of clients is kept well-formed and bounded', async () => {
    const store = await empty();
    const long = `${'x'.repeat(511)}😀`;
    await store.insert([
      ledgerRow({ modelAsked: 'a\uD800b\0c', model: long, userLabel: '\uDC00', requestId: '"\\u0000' }),
    ]);
    const [row] = await store.recent({ limit: 1 });
    expect([row?.modelAsked, row?.model, row?.userLabel, row?.requestId]).toEqual([
      'a\uFFFDb\uFFFDc',
      `${'x'.repeat(511)}\uFFFD`,
      '\uFFFD',
      '"\\u0000',
    ]);
  });
}

function rowsConformance(empty: () => Promise<LedgerStore>): void {
  test('rows come back as they were, newest first', async () => {
    const store = await empty();
    const full = ledgerRow({
      at: NOON + 1,
      virtualKeyId: 'k',
      userId: 'u',
      teamId: 't',
      customerId: 'c',
      userLabel: "o'neil; drop table llmproxy_ledger; -- 😀",
      service: 's',
      task: 'validate',
      complexity: 'simple',
      tier: 'micro',
      cost: 2n ** 62n,
      savedByRouting: 7n,
      savedByCache: 8n,
      cached: true,
      status: 502,
      errorCode: 'upstream_failed',
      attempts: [
        {
          model: 'm',
          provider: 'p',
          endpoint: 'e',
          credential: null,
          input: 1,
          cached: 0,
          output: 2,
          cost: 3n,
          error: null,
        },
        {
          model: 'm',
          provider: 'p',
          endpoint: 'f',
          credential: 'x',
          input: 0,
          cached: 0,
          output: 0,
          cost: null,
          error: 'e',
        },
      ],
    });
    const plain = ledgerRow({ cost: null });
    await store.insert([full, plain]);
    expect(await store.recent({ limit: 10 })).toEqual([full, plain]);
    expect(await store.recent({ limit: 1 })).toEqual([full]);
    expect(await store.recent({ virtualKeyId: 'k', userId: 'u', teamId: 't', customerId: 'c', limit: 10 })).toEqual([
      full,
    ]);
    expect(await store.recent({ virtualKeyId: 'K', limit: 10 })).toEqual([]);
  });

  test('a batch that is sent twice is written once, and two requests of one id are two', async () => {
    const store = await empty();
    const rows = [ledgerRow({ requestId: 'same' }), ledgerRow({ requestId: 'same' })];
    await store.insert(rows);
    await store.insert([...rows, ledgerRow()]);
    expect((await store.usage(query())).totals.requests).toBe(3n);
  });
}

function sizesConformance(empty: () => Promise<LedgerStore>): void {
  test('thousands of rows are one batch', async () => {
    const store = await empty();
    await store.insert(Array.from({ length: 1_201 }, (_, index) => ledgerRow({ at: NOON + index })));
    expect((await store.usage(query())).totals).toMatchObject({ requests: 1_201n, cost: 1_201_000n });
    expect(await store.extent()).toEqual({ first: NOON, last: NOON + 1_200 });
  });

  test('ten years of days are one question', async () => {
    const store = await empty();
    const from = NOON - 3_600 * 24 * HOUR;
    await store.insert([ledgerRow({ at: from }), ledgerRow({ at: NOON }), ledgerRow({ at: NOON + 1 })]);
    const days = calendarOf('Europe/Berlin')?.daysBetween(from, NOON + HOUR, 3_660) ?? [];
    const { groups, count, totals } = await store.usage(query({ groupBy: ['day'], from, days }));
    expect(days.length).toBeGreaterThan(3_600);
    expect(groups.map(({ values, sums }) => [...values, sums.requests])).toEqual([
      ['2016-07-23', 1n],
      ['2026-06-01', 2n],
    ]);
    expect([count, totals.requests]).toEqual([2, 3n]);
  });

  test('the oldest rows are deleted, a bounded number at once', async () => {
    const store = await empty();
    await store.insert([0, 1, 2, 3].map((index) => ledgerRow({ at: NOON + index })));
    expect(await store.deleteBefore(NOON + 3, 2)).toBe(2);
    expect((await store.extent())?.first).toBe(NOON + 2);
    expect(await store.deleteBefore(NOON + 3, 2)).toBe(1);
    expect(await store.deleteBefore(NOON + 3, 2)).toBe(0);
    expect(await store.extent()).toEqual({ first: NOON + 3, last: NOON + 3 });
  });

  test('a ledger without rows has no extent, and one group of nothing', async () => {
    const store = await empty();
    expect(await store.extent()).toBeUndefined();
    const { groups, totals, count } = await store.usage(query());
    expect([groups, count]).toEqual([[{ values: [], sums: totals }], 1]);
    expect(totals).toMatchObject({ requests: 0n, cost: 0n });
    expect(await store.usage(query({ groupBy: ['key'] }))).toEqual({ groups: [], totals, count: 0 });
  });
}

function sumsConformance(empty: () => Promise<LedgerStore>): void {
  test('sums count what they say', async () => {
    const store = await empty();
    await store.insert([
      ledgerRow({ savedByRouting: 5n }),
      ledgerRow({ cost: 0n, savedByCache: 1_000n, cached: true }),
      ledgerRow({ cost: null, status: 502 }),
      ledgerRow({ cost: 0n, status: 402, inputTokens: 0, cachedTokens: 0, outputTokens: 0 }),
    ]);
    expect((await store.usage(query())).totals).toEqual({
      requests: 4n,
      cachedRequests: 1n,
      errors: 2n,
      inputTokens: 30n,
      cachedTokens: 6n,
      outputTokens: 15n,
      cost: 1_000n,
      savedByCache: 1_000n,
      savedByRouting: 5n,
      unpricedRequests: 1n,
    });
  });

  test('sums are exact beyond eight bytes', async () => {
    const store = await empty();
    const most = 2n ** 63n - 1n;
    await store.insert([1, 2, 3].map(() => ledgerRow({ cost: most, savedByCache: most })));
    const { totals } = await store.usage(query());
    expect([totals.cost, totals.savedByCache]).toEqual([3n * most, 3n * most]);
  });

  test('the first moment belongs to the time, the last does not', async () => {
    const store = await empty();
    await store.insert([0, 1, 2].map((index) => ledgerRow({ at: NOON + index })));
    expect((await store.usage(query({ from: NOON, to: NOON + 2 }))).totals.requests).toBe(2n);
  });

  test('what one owner has spent is its own rows alone', async () => {
    const store = await empty();
    await store.insert([
      ledgerRow({ virtualKeyId: 'a', teamId: 't', cost: 1n }),
      ledgerRow({ virtualKeyId: 'b', teamId: 't', cost: 2n }),
      ledgerRow({ teamId: "t' or 1=1 --", cost: 4n }),
    ]);
    const costOf = async (owner: RowOwner) => (await store.usage(query({ owner }))).totals.cost;
    expect(await Promise.all([{ virtualKeyId: 'a' }, { teamId: 't' }, { customerId: 't' }, {}].map(costOf))).toEqual([
      1n,
      3n,
      0n,
      7n,
    ]);
  });

  test('rows of one task can be left out', async () => {
    const store = await empty();
    const rows = [null, 'validate', 'other'].map((task) => ledgerRow({ task }));
    await store.insert(rows);
    expect((await store.usage(query({ withoutTask: 'validate' }))).totals.requests).toBe(2n);
    expect((await store.usage(query({}))).totals.requests).toBe(3n);
  });

  test('rows of the operator’s keys, and of keys of callers', async () => {
    const store = await empty();
    await store.insert([null, 'system', 'c1', 'c2', 'c1'].map((credential) => ledgerRow({ credential })));
    expect((await store.usage(query({ keyOf: 'operator' }))).totals.requests).toBe(2n);
    expect((await store.usage(query({ keyOf: 'caller' }))).totals.requests).toBe(3n);
  });

  test('groups are sorted by their bytes, those without a value last, and come in pages', async () => {
    const store = await empty();
    const models = ['b', 'B', null, 'a', 'ä', 'a-1', 'a'];
    await store.insert(models.map((model) => ledgerRow({ model })));
    const page = async (limit: number, offset: number) => {
      const { groups, count, totals } = await store.usage(query({ groupBy: ['model'], limit, offset }));
      return [groups.map(({ values: [model], sums }) => `${model} ${sums.requests}`), count, totals.requests];
    };
    const all = ['B 1', 'a 2', 'a-1 1', 'b 1', 'ä 1', 'null 1'];
    expect(await page(10, 0)).toEqual([all, 6, 7n]);
    expect(await page(2, 1)).toEqual([all.slice(1, 3), 6, 7n]);
    expect(await page(2, 100)).toEqual([[], 6, 7n]);
  });
}

const texts = fc.option(fc.constantFrom('a', 'b', 'c'));
const money = fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }));
const rows: fc.Arbitrary<LedgerRow> = fc
  .record({
    at: fc.integer({ min: NOON - 40 * HOUR, max: NOON + 40 * HOUR }),
    virtualKeyId: texts,
    userId: texts,
    teamId: texts,
    customerId: texts,
    model: texts,
    endpoint: texts,
    provider: texts,
    cost: money,
    savedByCache: money,
    savedByRouting: money,
    cached: fc.boolean(),
    status: fc.constantFrom(200, 400, 502),
    inputTokens: fc.nat(),
    cachedTokens: fc.nat(),
    outputTokens: fc.nat(),
  })
  .map(ledgerRow);
const columns: fc.Arbitrary<GroupColumn[]> = fc
  .subarray([...GROUP_COLUMNS])
  .chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }));

function modelConformance(empty: () => Promise<LedgerStore>): void {
  test('groups divide the rows: every sum of all groups is the total, as in the simplest ledger', async () => {
    const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York');
    const owners = fc.record(
      { virtualKeyId: fc.constantFrom('a', 'b'), teamId: fc.constantFrom('a', 'b'), userId: fc.constant('c') },
      { requiredKeys: [] },
    );
    const cases = fc.tuple(fc.array(rows, { maxLength: 30 }), columns, zones, fc.oneof(fc.constant({}), owners));
    const asked = async ([some, groupBy, zone, owner]: [
      LedgerRow[],
      GroupColumn[],
      string,
      RowOwner,
    ]): Promise<void> => {
      const [store, model] = [await empty(), new MemoryLedger()];
      await store.insert(some);
      await model.insert(some);
      const [from, to] = [NOON - 30 * HOUR, NOON + 30 * HOUR];
      const days = groupBy.includes('day') ? (calendarOf(zone)?.daysBetween(from, to, 10) ?? []) : [];
      const page = await store.usage(query({ owner, groupBy, from, to, days }));
      expect(page).toEqual(await model.usage(query({ owner, groupBy, from, to, days })));
      const sum = (name: 'cost' | 'requests' | 'unpricedRequests' | 'inputTokens'): bigint =>
        page.groups.reduce((total, { sums }) => total + sums[name], 0n);
      for (const name of ['cost', 'requests', 'unpricedRequests', 'inputTokens'] as const) {
        expect(sum(name)).toBe(page.totals[name]);
      }
      expect(new Set(page.groups.map(({ values }) => JSON.stringify(values))).size).toBe(page.count);
    };
    await fc.assert(fc.asyncProperty(cases, asked), { numRuns: 40 });
  });
}
