import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../database/migrate.ts';
import { openDatabase } from '../database/open.ts';
import { LimitBook } from '../governance/limits/limit-book.ts';
import { ledgerRow, NOON } from '../usage/ledger-rows.fixture.ts';
import { SqlLedger } from '../usage/sql-ledger.ts';
import { rebuiltCounters } from './rebuilt-counters.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const day = { ms: DAY, anchor: NOON - 10 * DAY };
const hour = { ms: HOUR, anchor: NOON - 10 * DAY };

test('open windows are summed, of the limits that nothing was kept of, and failed requests are not counted', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
  onTestFinished(() => database.close());
  await migrate(database);
  const ledger = new SqlLedger(database);
  const row = { virtualKeyId: 'k', teamId: 't', cost: 1_000n, inputTokens: 10, outputTokens: 5 };
  const now = NOON + DAY / 2 + HOUR / 2;
  await ledger.insert([
    // In the window of the day that is open, and outside that of the hour.
    ledgerRow({ ...row, at: NOON + HOUR }),
    ledgerRow({ ...row, at: now - 1, model: 'o3' }),
    ledgerRow({
      ...row,
      at: now - 2,
      status: 502,
      errorCode: 'upstream_failed',
      cost: 0n,
      inputTokens: 0,
      outputTokens: 0,
    }),
    ledgerRow({ ...row, at: NOON - 1 }),
    // A check of a user's own key is charged to no limit.
    ledgerRow({ ...row, at: now - 4, task: 'validate' }),
    // What a user's own key has paid for counts as a request and by its tokens.
    ledgerRow({ ...row, at: now - 5, credential: 'c1', inputTokens: 1, outputTokens: 2 }),
    ledgerRow({ ...row, at: now - 3, virtualKeyId: 'other', teamId: null }),
  ]);
  const book = new LimitBook();
  const rates = { tokens: { max: 100n, window: hour }, requests: { max: 100n, window: day } };
  const modelLimits = new Map([['o3', { budget: { id: 'bm', max: 10n ** 9n, window: day } }]]);
  book.put('k', 'key', { id: 'k', rateLimit: { id: 'r', ...rates }, modelLimits, createdAt: NOON });
  book.put('t', 'team', { id: 't', budget: { id: 'b', max: 10n ** 9n, window: day } });
  book.put('other', 'key', { id: 'other', budget: { id: 'bo', max: 10n ** 9n, window: day } });
  const rows = await rebuiltCounters({ ledger, book, known: new Set(['bo/cost']), since: NOON, now });
  expect(Object.fromEntries(rows.map(({ limit, used, start }) => [limit.id, [used, start]]))).toEqual({
    'r/tokens': [18n, NOON + DAY / 2],
    'r/requests': [3n, NOON],
    'bm/cost': [1_000n, NOON],
    'b/cost': [2_000n, NOON],
  });
});
