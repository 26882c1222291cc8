import { setImmediate as turn } from 'node:timers/promises';
import type { Reader } from '../database/open.ts';
import type { BudgetRow, RateLimitRow } from '../database/tables.ts';
import { entryReaders, type Entry } from './entries.ts';
import type { EntityKind } from './patches.ts';
import { budgetsOf, findRow, ownedPage, rateLimitsOf, rowsAfter, type EntityRow, type RowOf } from './rows.ts';

/** Rows that are in memory at a time besides the entries that are made of them. */
const PAGE = 900;

/** One entity as requests need it; undefined where there is none. */
export async function storedEntry(db: Reader, kind: EntityKind, id: string): Promise<Entry | undefined> {
  const row = await findRow(db, kind, id);
  if (row === undefined) return undefined;
  const [budgets, limits] = [await budgetsOf(db, kind, [id]), await rateLimitsOf(db, kind, [id])];
  return toEntry(kind, row, budgets.get(id), limits.get(id));
}

/** All entities of the kind, page by page, with a turn of the event loop between two pages. */
export async function* storedEntries(db: Reader, kind: EntityKind): AsyncIterable<readonly Entry[]> {
  let after = '';
  for (;;) {
    const rows = await rowsAfter(db, kind, after, PAGE);
    const last = rows.at(-1);
    if (last === undefined) return;
    const { budgets, limits } = await ownedPage(db, kind, rows[0]?.id ?? '', last.id);
    yield rows.map((row) => toEntry(kind, row, budgets.get(row.id), limits.get(row.id)));
    if (rows.length < PAGE) return;
    after = last.id;
    await turn();
  }
}

function toEntry(
  kind: EntityKind,
  row: EntityRow,
  budget: BudgetRow | undefined,
  rateLimit: RateLimitRow | undefined,
): Entry {
  return entryReaders[kind](row as RowOf[never], budget, rateLimit);
}
